// What a process and everything that it started take: memory, CPU time, connections. Read from /proc: Linux only.
import { type ChildProcess, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The process and its descendants, pids. */
function family(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}

function familyOf({ pid }: ChildProcess): readonly number[] {
  if (pid === undefined) throw new Error('the process did not start');
  return family(pid);
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/** Processes of the family. */
export const processCount = (child: ChildProcess): number => familyOf(child).length;

/** Resident set, bytes. */
export function residentBytes(child: ChildProcess): number {
  return sum(
    familyOf(child).map((pid) => {
      const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      if (kib === undefined) throw new Error('/proc/<pid>/status has no VmRSS');
      return Number(kib) * 1024;
    }),
  );
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time since the start, ms. */
export function cpuTime(child: ChildProcess): number {
  return sum(
    familyOf(child).map((pid) => {
      // Counted behind the name, which may contain spaces (proc(5), stat).
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1000;
    }),
  );
}

function sockets(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.slice(1) ?? [];
    } catch {
      // Closed between the two looks.
      return [];
    }
  });
}

/** Local ports of its IPv4 connections: who a server says it was asked by. */
export function localPorts(child: ChildProcess): ReadonlySet<number> {
  const ours = new Set(familyOf(child).flatMap(sockets));
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return new Set(
    lines.flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      return ours.has(fields[9] ?? '') ? [Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)] : [];
    }),
  );
}
