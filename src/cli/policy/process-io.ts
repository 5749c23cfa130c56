// The process as a command's world.
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { systemClock } from '../../system-clock.ts';
import type { CommandIo } from './command-io.ts';

export function processIo(): CommandIo {
  return {
    async out(text) {
      if (!process.stdout.write(text)) await once(process.stdout, 'drain');
    },
    err: (text) => void process.stderr.write(text),
    input: process.stdin,
    readFile: async (path) => new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)),
    writeFile: (path, text) => writeFile(path, text),
    now: () => systemClock.now(),
    env: process.env,
  };
}
