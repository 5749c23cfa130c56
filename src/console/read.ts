// Outcome of reading something that a client sent, and the words for what is wrong with it.
import type { z } from 'zod';

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string };

/** Every issue with its place: `vote: expected "approve" or "deny"; reason: …`. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message))
    .join('; ');
}
