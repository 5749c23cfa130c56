// What happens in a story, apart from who dies when.
export interface Plot {
  readonly name: string;
  /** YAML of the rule's hold. */
  readonly hold: string;
  /** Votes, in order; nobody votes if empty. */
  readonly votes: readonly { readonly as: 'one' | 'two'; readonly vote: 'approve' | 'deny' }[];
  /** `before the vote`: the first connection hangs up once its approval is open. `before the answer`: once it was sent. */
  readonly hangsUp?: 'before the vote' | 'before the answer';
  /** The first place at which this story differs from the plain one; it is killed from there on. */
  readonly from?: string;
}

const ONE = '{approvals: 1, from: ["group:security"]}';

export const APPROVED: Plot = { name: 'approved', hold: ONE, votes: [{ as: 'one', vote: 'approve' }] };
export const EXPIRED: Plot = {
  name: 'expired',
  hold: '{approvals: 1, from: ["group:security"], expires: 1s}',
  votes: [],
};
export const UNDELIVERED: Plot = {
  name: 'approved and undelivered',
  hold: ONE,
  votes: [{ as: 'one', vote: 'approve' }],
  hangsUp: 'before the answer',
  from: 'send first byte after#1',
};
export const BY_TWO: Plot = {
  name: 'approved by two',
  hold: '{approvals: 2, from: ["group:security"]}',
  votes: [
    { as: 'one', vote: 'approve' },
    { as: 'two', vote: 'approve' },
  ],
};

export const PLOTS: readonly Plot[] = [
  APPROVED,
  { name: 'denied', hold: ONE, votes: [{ as: 'one', vote: 'deny' }] },
  BY_TWO,
  {
    name: 'approved while the agent is gone',
    hold: '{approvals: 1, from: ["group:security"], on_absent: execute}',
    votes: [{ as: 'one', vote: 'approve' }],
    hangsUp: 'before the vote',
    from: 'store.append voted:approve before#1',
  },
  UNDELIVERED,
  EXPIRED,
];
