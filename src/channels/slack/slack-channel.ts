// Approvals as Slack messages: posted once, rewritten on every change, with what time does told in their thread.
import type { Channel, Delivery, NoticeMessage } from '../../ports/channel.ts';
import type { MessageTerms } from '../card/terms.ts';
import { threadWords } from '../card/thread-words.ts';
import { escaped, words } from './blocks.ts';
import { type SlackMessage, slackMessage } from './message.ts';
import type { SharedChannels } from './shared-channels.ts';
import type { SlackApi, SlackFailure } from './slack-api.ts';

export interface SlackChannelDeps {
  readonly api: SlackApi;
  readonly shared: SharedChannels;
  readonly terms: MessageTerms;
}

/** Of the metadata that marks our messages. */
const EVENT = 'holdgate_approval';

/** https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const TOO_LONG: ReadonlySet<string> = new Set(['msg_blocks_too_long', 'msg_too_long']);

export function createSlackChannel({ api, shared, terms }: SlackChannelDeps): Channel {
  async function say(
    target: string,
    message: NoticeMessage,
    ref: string | undefined,
    { text, blocks }: SlackMessage,
  ): Promise<Delivery> {
    if (ref === undefined) {
      const hindrance = await shared.hindrance(target);
      if (hindrance) return failed(hindrance);
      const metadata = { event_type: EVENT, event_payload: { key: message.key } };
      const posted = await api.post(target, { text, blocks, metadata });
      return posted.ok ? { outcome: 'delivered', ref: `${posted.channel}:${posted.ts}` } : failed(posted);
    }
    const [channel = '', ts = ''] = ref.split(':');
    const updated = await api.update(channel, ts, { text, blocks });
    if (!updated.ok) return failed(updated);
    const told = threadWords(message);
    if (told === undefined) return { outcome: 'delivered', ref };
    const posted = await api.post(channel, { text: escaped(told), blocks: [words(told)], thread_ts: ts });
    // The message itself is right; only its thread is not.
    return posted.ok || posted.kind === 'refused' ? { outcome: 'delivered', ref } : failed(posted);
  }

  return {
    name: 'slack',
    async deliver(target, message, ref): Promise<Delivery> {
      const full = await say(target, message, ref, slackMessage(message.shown, terms));
      // How long a message may be is written down nowhere: what is refused for it is said in short, so that it is said.
      const long = full.outcome === 'refused' && TOO_LONG.has(full.why);
      return long ? say(target, message, ref, slackMessage(message.shown, terms, 0)) : full;
    },
    async find(target, key) {
      const history = await api.history(target);
      if (!history.ok) {
        // Without the scope nobody can say: one message more is better than none.
        if (history.why === 'missing_scope') return undefined;
        throw new Error(history.why);
      }
      const found = history.messages.find((each) => each.key === key);
      return found && `${target}:${found.ts}`;
    },
  };
}

function failed(failure: SlackFailure): Delivery {
  if (failure.kind === 'refused') return { outcome: 'refused', why: failure.why };
  return { outcome: 'later', why: failure.why, ...(failure.after !== undefined && { after: failure.after }) };
}
