// Answers a stream of lines one by one, in order, as fast as they come and are taken. INVARIANT: one line out for each line in.
import { linesOf } from './input-lines.ts';
import type { CommandIo } from './policy/command-io.ts';

export type LineAnswer =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly message: string };

/** A line as JSON, or why it is none. */
export function jsonLine(
  line: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, value: JSON.parse(line) };
  } catch (error) {
    return { ok: false, message: `not JSON: ${error instanceof Error ? error.message : 'unreadable'}` };
  }
}

/** Characters of output that are gathered before they are written. */
const BLOCK = 64 * 1024;

/** Writes an answer, or `{"error": …}`, for every line of the input; false if some line had an error. */
export async function answerLines(answer: (line: string) => LineAnswer, io: CommandIo): Promise<boolean> {
  let clean = true;
  let pending = '';
  for await (const line of linesOf(io.input)) {
    const given = line.ok ? answer(line.text) : line;
    if (!given.ok) clean = false;
    pending += `${given.ok ? given.json : JSON.stringify({ error: given.message })}\n`;
    if (pending.length < BLOCK) continue;
    await io.out(pending);
    pending = '';
  }
  if (pending !== '') await io.out(pending);
  return clean;
}
