// What a request of git does: one action for each ref that a push changes. INVARIANT: a push whose commands cannot be read may change
// anything; method overrides, which git servers do not know but hops before them may, make a request doubtful.
import type { Action, ActionResource } from '../../core/action.ts';
import { bodyBytes, type Call, headerValues } from '../../core/call.ts';
import { shortenedText } from '../../core/visible-text.ts';
import type { Envelope } from '../envelope.ts';
import type { GitRequest, GitRequests, GitVerb } from './git-request.ts';
import { readLfsBatch } from './lfs-batch.ts';
import { readPush, type PushRequest } from './receive-pack.ts';
import { updateAction } from './ref-update.ts';

type Facts = Pick<Action, 'level' | 'tags' | 'params'>;
const READS: Facts = { level: 'read', tags: [], params: {} };
const LISTS: Facts = { level: 'list', tags: [], params: {} };
const WRITES: Facts = { level: 'write', tags: [], params: {} };

const SIMPLE: Readonly<
  Record<Exclude<GitVerb, 'push' | 'lfs-batch'>, readonly [name: string, facts: Facts, words: string]>
> = {
  'list-refs': ['git:list-refs', LISTS, 'List the branches and tags'],
  fetch: ['git:fetch', READS, 'Fetch'],
  archive: ['git:archive', { ...READS, tags: ['data-export'] }, 'Download an archive'],
  'lfs-locks': ['git:lfs-list-locks', LISTS, 'List the locked files'],
  'lfs-verify': ['git:lfs-list-locks', LISTS, 'List the locked files'],
  'lfs-lock': ['git:lfs-lock', WRITES, 'Lock a file'],
  'lfs-unlock': ['git:lfs-unlock', WRITES, 'Unlock a file'],
};

/** True where the body says what is done. */
export function gitNeedsBody({ requests }: GitRequests): boolean {
  return requests.some(({ verb }) => verb === 'push' || verb === 'lfs-batch' || verb === 'unknown');
}

/** The refs of a push wait for an answer each; absent while the body is unread or cannot be read. */
export function pushEnvelope({ requests }: GitRequests, call: Call): Envelope | undefined {
  const push = requests[0].verb === 'push' ? readBody(call) : undefined;
  return push && { batch: false, ids: [...new Set(push.updates.map(({ ref }) => ref))] };
}

/** `alone`: nothing but git can answer at this path. `cased`: the server tells names of repositories apart by their case. */
export function gitActions({ requests, sure }: GitRequests, call: Call, alone: boolean, cased = false): Action[] {
  const plain = sure && !isOverridden(call);
  const actions = requests.flatMap((request) => {
    const { repository } = request;
    const lower = repository.toLowerCase();
    if (!cased || lower === repository) return actionsOn(resourceOf(lower), request, call, plain && alone);
    return [resourceOf(repository), resourceOf(lower)].flatMap((resource) => actionsOn(resource, request, call, false));
  });
  // No client of git sends such a path, and what its server makes of it nobody knows.
  return plain ? actions : [...actions, unknown({}, '', call, 'a path or a method that can be read in several ways')];
}

function resourceOf(repository: string): ActionResource {
  const at = repository.lastIndexOf('/');
  return { type: 'repo', id: repository, ...(at > 0 && { namespace: repository.slice(0, at) }) };
}

function isOverridden({ headers }: Call): boolean {
  return ['x-http-method', 'x-http-method-override', 'x-method-override'].some(
    (name) => headerValues(headers, name).length > 0,
  );
}

function actionsOn(resource: ActionResource, { verb }: GitRequest, call: Call, sure: boolean): Action[] {
  const confidence = sure ? ('exact' as const) : ('ambiguous' as const);
  if (verb === 'unknown') return [unknown(resource, '', call, 'no request of git that is known here')];
  if (verb === 'push') return pushActions(resource, call, confidence);
  if (verb === 'lfs-batch') {
    const { operations, params, clear } = readLfsBatch(call);
    const certain = clear ? confidence : 'ambiguous';
    return operations.map((operation) => {
      const facts = operation === 'upload' ? WRITES : READS;
      const words = operation === 'upload' ? 'Upload large files to' : 'Download large files of';
      const summary = `${words} ${show(resource.id)}`;
      return { ...base(resource, `git:lfs-${operation}`, certain), ...facts, params, summary };
    });
  }
  const [name, facts, words] = SIMPLE[verb];
  return [{ ...base(resource, name, confidence), ...facts, summary: `${words} of ${show(resource.id)}` }];
}

function base(resource: ActionResource, name: string, confidence: Action['confidence']) {
  const [, operation = ''] = name.split(':', 2);
  return { provider: 'git', service: operation, operation, name, levelSource: 'rule' as const, resource, confidence };
}

function pushActions(resource: ActionResource, call: Call, confidence: 'exact' | 'ambiguous'): Action[] {
  const push = readBody(call);
  if (!push) return [unknown(resource, 'push', call, 'a push whose list of branches could not be read')];
  if (push.updates.length === 0) {
    // git asks first whether it may push at all; so does a push of nothing.
    const probe = { ...base(resource, 'git:list-refs', push.sure ? confidence : 'ambiguous'), ...LISTS };
    const nothing: Action = { ...probe, summary: `Ask ${show(resource.id)} whether a push is possible` };
    return push.sure
      ? [nothing]
      : [nothing, unknown(resource, 'push', call, 'a push with commands of an unknown kind')];
  }
  const certain = push.sure ? confidence : 'ambiguous';
  const actions = push.updates.map((update) => ({
    ...base(resource, `git:push:${update.ref}`, certain),
    ...updateAction(update, push, show(resource.id)),
  }));
  return push.sure ? actions : [...actions, unknown(resource, 'push', call, 'a push with commands of an unknown kind')];
}

/** A pack may be longer than what is inspected; its commands stand before it. */
function readBody(call: Call): PushRequest | undefined {
  const { body, headers } = call;
  if (body.state === 'whole') return readPush(body.decoded);
  if (body.state === 'none') return undefined;
  const bytes = bodyBytes(call);
  const plain = headerValues(headers, 'content-encoding').every((value) => /^\s*(?:identity)?\s*$/i.test(value));
  return bytes && plain && body.state === 'unreadable' && body.why === 'over-limit' ? readPush(bytes) : undefined;
}

function unknown(resource: ActionResource, service: string, { method, path }: Call, why: string): Action {
  return {
    provider: 'git',
    service,
    operation: '',
    name: service === '' ? 'git:unknown' : `git:${service}:unknown`,
    level: 'unknown',
    levelSource: 'rule',
    tags: [],
    resource,
    params: { why },
    summary: service === '' ? `${method} ${shortenedText(path, 200)}: ${why}` : `Push to ${show(resource.id)}: ${why}`,
    confidence: 'unknown',
  };
}

const show = (text: string | undefined): string => shortenedText(text ?? '', 120);
