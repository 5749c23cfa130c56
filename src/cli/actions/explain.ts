// `holdgate actions explain`: what a call does, by the API's own name, without a policy and without sending anything.
import { type Call, url } from '../../core/call.ts';
import { shortenedText } from '../../core/visible-text.ts';
import { answerLines, jsonLine, type LineAnswer } from '../answer-lines.ts';
import { exitCode } from '../exit-codes.ts';
import type { CommandIo } from '../policy/command-io.ts';
import { parseCurl } from '../policy/curl.ts';
import { readJsonCall } from '../policy/json-call.ts';
import { actionsJson } from './action-json.ts';
import { actionText } from './action-text.ts';

import { openRecognition, type Recognition } from './recognition.ts';

export interface ExplainActionsOptions {
  /** A curl command line. */
  readonly command?: string | undefined;
  readonly batch: boolean;
  readonly config?: string | undefined;
  readonly kind?: string | undefined;
  readonly upstream?: string | undefined;
  readonly json: boolean;
}

/** Prints the actions; the exit code: 0 recognised (also as unknown), 2 wrong usage, unreadable input or a bad line of a batch. */
export async function runActionsExplain(options: ExplainActionsOptions, io: CommandIo): Promise<number> {
  const { command, batch, upstream } = options;
  if ((command === undefined) !== batch) {
    io.err('give a curl command in quotes, or --batch, or --sql: exactly one of them\n');
    return exitCode('usage');
  }
  if (upstream !== undefined && options.config === undefined && options.kind === undefined) {
    io.err('--upstream names an upstream of a configuration: give --config too, or --kind\n');
    return exitCode('usage');
  }
  const opened = await openRecognition(options);
  if (!opened.ok) {
    io.err(opened.message);
    return exitCode('usage');
  }
  const { recognition } = opened;
  if (batch) {
    return exitCode((await answerLines((line) => answerCall(line, upstream, recognition), io)) ? 'ok' : 'usage');
  }
  const built = curlCall(command ?? '', upstream, recognition);
  if (!built.ok) {
    io.err(`${built.message}\n`);
    return exitCode('usage');
  }
  const { call } = built;
  const found = recognition.actions.recognise(call);
  await io.out(options.json ? `${actionsJson(found, 2)}\n` : `${heading(call, recognition)}\n\n${actionText(found)}`);
  return exitCode('ok');
}

function heading(call: Call, { actions }: Recognition): string {
  const upstream = call.upstream === '' ? '' : `, upstream ${call.upstream}`;
  return `${call.method} ${shortenedText(url(call), 500)} (read as ${actions.family(call)}${upstream})`;
}

function curlCall(command: string, upstream: string | undefined, { surroundings }: Recognition) {
  const parsed = parseCurl(command);
  if (!parsed.ok) return { ok: false as const, message: `curl command: ${parsed.message}` };
  const { method, url: target, headers, body } = parsed.call;
  return surroundings.toCall({
    method,
    url: target,
    headers,
    body: body === undefined ? undefined : Buffer.from(body, 'utf8'),
    upstream,
  });
}

function answerCall(line: string, upstream: string | undefined, recognition: Recognition): LineAnswer {
  const json = jsonLine(line);
  if (!json.ok) return json;
  const { surroundings, actions } = recognition;
  const read = readJsonCall(json.value, surroundings);
  if (!read.ok) return read;
  const { input } = read.call;
  const built = surroundings.toCall(input.upstream === undefined ? { ...input, upstream } : input);
  return built.ok ? { ok: true, json: actionsJson(actions.recognise(built.call)) } : built;
}
