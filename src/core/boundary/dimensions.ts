// What a compliance boundary can bound.
export const DIMENSIONS = ['regions', 'accounts', 'buckets', 'projects', 'namespaces'] as const;

export type Dimension = (typeof DIMENSIONS)[number];
