// One ref of a push, in words, tags and parameters. That a branch loses commits (a forced push) cannot be told from the request.
import type { Action } from '../../core/action.ts';
import { shortenedText } from '../../core/visible-text.ts';
import { isDeliveryRef } from './ref-name.ts';
import type { PushRequest, RefUpdate } from './receive-pack.ts';

type Facts = Pick<Action, 'level' | 'tags' | 'params' | 'summary'>;

/** Options that do more than the push: of Forgejo and Gitea, and of GitLab. */
const PUBLISHES = /^repo\.private\s*=\s*(?!true\s*$)/i;
const MERGES = /^merge_request\.(?:merge_when_pipeline_succeeds|auto_merge)\b/i;

export function updateAction(update: RefUpdate, push: PushRequest, repository: string): Facts {
  const { ref, change } = update;
  const { options } = push;
  const tags = [
    ...(options.some((option) => PUBLISHES.test(option)) ? ['external-sharing'] : []),
    ...(change === 'delete' ? ['destructive'] : []),
    ...(isDeliveryRef(ref) || options.some((option) => MERGES.test(option)) ? ['deployment'] : []),
  ];
  return {
    level: 'write',
    tags,
    params: {
      ref: ref.slice(0, 1024),
      change,
      old: update.old,
      new: update.new,
      ...(push.capabilities.has('atomic') && { atomic: true }),
      ...(options.length > 0 && { push_options: options.slice(0, 20).map((option) => option.slice(0, 256)) }),
    },
    summary: `${sentence(update, repository)}${withOptions(options)}`,
  };
}

function sentence({ ref, change, old, new: to }: RefUpdate, repository: string): string {
  const what = shown(ref);
  if (change === 'delete') return `Delete ${what} of ${repository} (was ${short(old)})`;
  if (change === 'create') return `Create ${what} in ${repository} at ${short(to)}`;
  return `Push to ${what} of ${repository}: ${short(old)} to ${short(to)} (a forced push cannot be told from a plain one)`;
}

function withOptions(options: readonly string[]): string {
  if (options.length === 0) return '';
  const more = options.length > 3 ? ` and ${options.length - 3} more` : '';
  return `, with options ${options
    .slice(0, 3)
    .map((option) => shortenedText(option, 80))
    .join(', ')}${more}`;
}

function shown(ref: string): string {
  const [, kind, name] = /^refs\/(heads|tags)\/([^]+)$/.exec(ref) ?? [];
  if (name === undefined) return shortenedText(ref, 120);
  return `${kind === 'heads' ? 'branch' : 'tag'} ${shortenedText(name, 120)}`;
}

const short = (id: string): string => id.slice(0, 10);
