// Text that agents write, in cards: within Teams' limits, without a link, a mention or markup that is theirs, and with nothing hidden.
import { describe, expect, it } from 'vitest';
import { teamsCard } from '../../../src/channels/teams/card.ts';
import { activityFault } from '../../../src/cli/demo/teams/card-limits.ts';
import { buttonsOf } from '../../../src/cli/demo/teams/fake-teams.ts';
import type { Action } from '../../../src/core/action.ts';
import type { ApprovalView } from '../../../src/core/approval/view.ts';
import { alone, type BodyText } from '../../../src/core/similar/shown.ts';
import { hostileStrings } from '../slack/hostile-strings.ts';
import { approvalOf, terms, withOther } from '../slack/slack-fixture.ts';

type Json = Readonly<Record<string, unknown>>;

const USERS = Array.from({ length: 60 }, (_, i) => `29:${'u'.repeat(100)}${i}`);
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;
const PLACES: readonly ((text: string) => Partial<ApprovalView>)[] = [
  (text) => ({ summary: text }),
  (text) => ({ url: `https://api.example.com/${text}` }),
  (text) => ({ agent: text }),
  (text) => ({ justification: text }),
];

/** Every string of a card and the member that holds it, by the type of the innermost object with a type. */
function stringsOf(value: unknown, type = '', name = ''): readonly (readonly [place: string, text: string])[] {
  if (typeof value === 'string') return [[`${type}.${name}`, value]];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((each) => stringsOf(each, type, name));
  const own = (value as Json)['type'];
  const inner = typeof own === 'string' ? own : type;
  return Object.entries(value).flatMap(([key, each]) => stringsOf(each, inner, key));
}

/** Where Teams shows text as it is. */
const PLAIN: ReadonlySet<string> = new Set(['CodeBlock.codeSnippet', 'TextRun.text']);

const messageOf = (card: Json): Json => ({
  type: 'message',
  summary: 'x',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card }],
});
const cardOf = (
  view: ApprovalView,
  body: BodyText | null = null,
  users: readonly string[] = ['29:ann'],
): ReturnType<typeof teamsCard> => teamsCard(alone(view, body), terms, { users });
/** Of two calls. */
const pairOf = (view: ApprovalView, text: string): ReturnType<typeof teamsCard> =>
  teamsCard(withOther(alone(view, { text, size: Buffer.byteLength(text), truncated: false }), text), terms, {
    users: ['29:ann'],
  });
const has = ({ card }: { readonly card: Json }, verb = 'approve'): boolean =>
  buttonsOf(card).some((each) => each['verb'] === verb);

describe('hostile text', () => {
  const strings = hostileStrings();

  it('breaks no limit, hides nothing, and is never markup', () => {
    expect(strings.length).toBeGreaterThanOrEqual(500);
    const ours = new Set(
      stringsOf(pairOf(approvalOf(), 'x').card)
        .filter(([place]) => !PLAIN.has(place))
        .map(([place, text]) => `${place} ${text.replaceAll(/v1\.1\.apr_.*|\d/g, '')}`),
    );
    for (const text of strings) {
      for (const place of PLACES) {
        const view = { ...approvalOf(), ...place(text) };
        const { card, summary } = pairOf(view, text);
        const shown = JSON.stringify(text.slice(0, 80));
        expect(activityFault(messageOf(card)), shown).toBeUndefined();
        expect(summary).toBe('🟡 medium risk: an approval');
        for (const [where, each] of stringsOf(card)) {
          // Whatever is read as markdown, or acts, is word for word what stands there for a harmless text.
          if (!PLAIN.has(where)) expect(ours, shown).toContain(`${where} ${each.replaceAll(/v1\.1\.apr_.*|\d/g, '')}`);
          else expect(each.replaceAll('\n', '').replaceAll('\t', '')).not.toMatch(HIDDEN);
        }
      }
    }
  });

  it('of every kind at once still fits into a message', () => {
    for (const char of ['"', '\\', 'ü', '💥', '\n', '\u202e', '\u0000']) {
      const long = char.repeat(5000);
      const flags = Array.from({ length: 7 }, () => ({
        id: 'wildcard-admin' as const,
        severity: 'high' as const,
        title: long,
        evidence: long,
      }));
      const actions = Array.from({ length: 9 }, () => ({ name: 'aws:iam:PutUserPolicy', summary: long }) as Action);
      const view = {
        ...approvalOf(),
        summary: long,
        url: long,
        agent: long,
        justification: long,
        flags,
        actions,
        why: long,
      };
      const made = cardOf(view, { text: long, size: 5000, truncated: false }, USERS);
      expect(activityFault(messageOf(made.card)), char).toBeUndefined();
      expect([made.cut, has(made), has(made, 'deny')]).toEqual([true, false, true]);
    }
  });

  it('says the same where there is no CodeBlock', () => {
    const { card } = cardOf({ ...approvalOf(), summary: '**bold** [x](https://evil.example.com)' });
    const blocks = (card['body'] as readonly Json[]).filter(({ type }) => type === 'CodeBlock');
    expect(blocks.length).toBeGreaterThan(2);
    for (const { codeSnippet, fallback } of blocks)
      expect(fallback).toMatchObject({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: codeSnippet }] });
  });

  it('that does not fit takes the button away that approves, wherever it stands', () => {
    const long = 'x'.repeat(5000);
    expect(has(cardOf(approvalOf()))).toBe(true);
    for (const more of [
      { summary: long },
      { url: `https://x/${long}` },
      { agent: long },
      { owner: long },
      { detail: long },
    ]) {
      const made = cardOf({ ...approvalOf(), ...more });
      expect([made.cut, has(made)], Object.keys(more).join()).toEqual([true, false]);
    }
    for (const body of [
      { text: long, size: 5000, truncated: false },
      { text: 'x', size: 90_000, truncated: true },
      { text: null, size: 10, truncated: false },
    ])
      expect(has(cardOf(approvalOf(), body))).toBe(false);
    // What the agent pleads is not what happens.
    expect(has(cardOf({ ...approvalOf(), justification: long }))).toBe(true);
  });
});

describe('a card', () => {
  it.each([
    ['low', true],
    ['medium', true],
    ['high', false],
    ['critical', false],
  ] as const)('of %s risk can be approved by a click: %s', (risk, can) => {
    const made = cardOf({ ...approvalOf(), risk });
    expect([made.approvable, has(made), has(made, 'deny')]).toEqual([can, can, true]);
    expect(JSON.stringify(made.card).includes('in the full view')).toBe(!can);
  });

  it('of what is decided has no buttons', () => {
    for (const status of ['denied', 'expired', 'succeeded', 'indeterminate', 'approved'] as const)
      expect(buttonsOf(cardOf({ ...approvalOf(), status }).card)).toEqual([]);
  });

  it('asks for a reason to deny', () => {
    const actions = cardOf(approvalOf()).card['actions'] as readonly Json[];
    const opens = actions.find(({ type }) => type === 'Action.ShowCard');
    expect(opens?.['card']).toMatchObject({
      body: [{ type: 'Input.Text', id: 'reason', isRequired: true }],
      actions: [{ type: 'Action.Execute', verb: 'deny' }],
    });
  });

  it.each<[string, Json, string, RegExp | undefined]>([
    ['its owner', {}, 'owner@example.com', /It was started for you/],
    ['somebody it was asked for', { acts_for: ['ann@example.com'] }, 'Ann@example.com', /It was started for you/],
    [
      'who approved already',
      {
        votes: [{ by: 'ann@example.com', vote: 'approve', reason: null, at: '2026-01-02T03:04:05Z', channel: 'teams' }],
      },
      'ann@example.com',
      /You have approved this/,
    ],
    ['who may vote', {}, 'ann@example.com', undefined],
  ])('made for %s says so', (_name, more, email, words) => {
    const view = { ...approvalOf(), ...more } as ApprovalView;
    const { card } = teamsCard(alone(view, null), terms, { users: USERS, person: { email, groups: ['security'] } });
    expect(has({ card })).toBe(words === undefined);
    if (words) expect(JSON.stringify(card)).toMatch(words);
  });

  it('made for somebody who is not asked has no buttons', () => {
    const { card } = teamsCard(alone(approvalOf(), null), terms, {
      users: [],
      person: { email: 'eve@example.com', groups: [] },
    });
    expect(buttonsOf(card)).toEqual([]);
    expect(card['refresh']).toBeUndefined();
  });
});
