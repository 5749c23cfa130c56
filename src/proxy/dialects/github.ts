// Refusals as GitHub's REST API says them: Octokit raises a RequestError whose message is ours, gh prints it. A 429 is tried again by
// @octokit/plugin-retry (which never does that for 400, 401, 403, 404, 410, 422 and 451); no word in it may look like GitHub's own rate limit.
import { knownSurface } from '../../actions/github/surface.ts';
import type { Call } from '../../core/call.ts';
import { gitRefusal } from './git.ts';
import type { NativeRefusal, RefusalWords } from './refusal-words.ts';

export function githubRefusal(words: RefusalWords, call: Call): NativeRefusal {
  const surface = knownSurface(call.host);
  const git = surface?.git === false ? undefined : gitRefusal(words, call);
  if (git) return git;
  const { message, status } = words;
  // GitHub gives the status as a text.
  return { contentType: 'application/json; charset=utf-8', body: JSON.stringify({ message, status: String(status) }) };
}
