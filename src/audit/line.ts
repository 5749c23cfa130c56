// The four kinds of lines in a segment file, written and recognised in exactly one spelling each.
// INVARIANT: every line is canonical JSON (RFC 8785) and ends in "\n"; no line can be taken for another kind.
import { canonicalJson } from '../core/canonical-json.ts';
import type { AuditEntry } from '../ports/audit-log.ts';

/** First line of every segment: what it follows. */
export interface SegmentHead {
  /** Sequence number of the first entry in this segment. */
  readonly first: number;
  readonly number: number;
  /** sha256 of the last seal of the segment before; 64 zeros for the first. */
  readonly prev: string;
}

/** Closes a batch: `sha256` covers `prev`, "\n" and every byte since the seal before (or since the start of the file). */
export interface Seal {
  readonly from: number;
  readonly to: number;
  readonly prev: string;
  readonly sha256: string;
}

export const GENESIS: string = '0'.repeat(64);
export const CHECKPOINT_TYP = 'holdgate-checkpoint+json';

const HEX = '[0-9a-f]{64}';
const NUMBER = '(?:0|[1-9][0-9]{0,15})';
const HEAD = new RegExp(`^\\{"segment":\\{"first":(${NUMBER}),"number":(${NUMBER}),"prev":"(${HEX})","v":1\\}\\}$`);
const SEAL = new RegExp(
  `^\\{"seal":\\{"from":(${NUMBER}),"prev":"(${HEX})","sha256":"(${HEX})","to":(${NUMBER})\\}\\}$`,
);
const ENTRY_TAIL = new RegExp(`,"id":"(evt_[0-9A-Za-z]{1,64})","seq":(${NUMBER})\\}$`);
const CHECKPOINT = /^\{"checkpoint":"([\w-]+\.[\w-]+\.[\w-]+)"\}$/;
const ENTRY_HEAD = '{"entry":{';

export function headLine(head: SegmentHead): string {
  return `{"segment":{"first":${head.first},"number":${head.number},"prev":"${head.prev}","v":1}}\n`;
}

export function parseHead(line: string): SegmentHead | undefined {
  const match = HEAD.exec(line);
  return match ? { first: Number(match[1]), number: Number(match[2]), prev: match[3] ?? '' } : undefined;
}

export function sealLine(seal: Seal): string {
  return `{"seal":{"from":${seal.from},"prev":"${seal.prev}","sha256":"${seal.sha256}","to":${seal.to}}}\n`;
}

export function parseSeal(line: string): Seal | undefined {
  const match = SEAL.exec(line);
  return match
    ? { from: Number(match[1]), prev: match[2] ?? '', sha256: match[3] ?? '', to: Number(match[4]) }
    : undefined;
}

export function checkpointLine(jws: string): string {
  return `{"checkpoint":"${jws}"}\n`;
}

export function parseCheckpoint(line: string): string | undefined {
  return CHECKPOINT.exec(line)?.[1];
}

/** Sequence number of an entry line, or undefined if it is none. The seal vouches for what is inside. */
export function entrySeq(line: string): number | undefined {
  if (!line.startsWith(ENTRY_HEAD)) return undefined;
  const match = ENTRY_TAIL.exec(line.length > 160 ? line.slice(-160) : line);
  return match ? Number(match[2]) : undefined;
}

// Builders make entries with their members already in order; then the engine's own JSON.stringify is canonical and cheap.
function isOrdered(value: object): boolean {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null && !isOrdered(item as object)) return false;
    return true;
  }
  let last = '';
  for (const key in value) {
    if (key < last) return false;
    last = key;
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === 'object' && item !== null && !isOrdered(item)) return false;
  }
  return true;
}

// JSON.stringify writes a lone surrogate as an escape, which RFC 8785 forbids; nothing else that it writes starts so.
const LONE_SURROGATE = /\\ud[89a-f]/;

function wellFormed(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toWellFormed(), item]));
  }
  return value;
}

function entryJson(entry: AuditEntry): string {
  if (isOrdered(entry)) {
    const text = JSON.stringify(entry);
    if (!LONE_SURROGATE.test(text)) return text;
  }
  // Text from outside may be ill-formed; a record with a replacement character is better than no record.
  return canonicalJson(JSON.parse(JSON.stringify(entry, wellFormed)));
}

/** One entry as its line. `id` is `evt_…`. Never throws for plain data. */
export function entryLine(entry: AuditEntry, id: string, seq: number): string {
  return `{"entry":${entryJson(entry)},"id":"${id}","seq":${seq}}\n`;
}
