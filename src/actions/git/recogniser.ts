// git over HTTP, at any server. At an upstream of `kind: git`, and at services that are known, a request of git is that and nothing else, and what
// is none is plain HTTP. At other hosts a path that looks like one is read as both, for who answers there is not known.
import type { Action } from '../../core/action.ts';
import { recogniseHttp } from '../http.ts';
import type { Recogniser } from '../recogniser.ts';
import { gitActions, gitNeedsBody, pushEnvelope } from './git-actions.ts';
import { readGitRequests } from './git-request.ts';

/** Services whose paths of this kind are git's, whoever calls them. GitHub has a family of its own. */
const SERVICES =
  /^(?:gitlab\.com|bitbucket\.org|codeberg\.org|dev\.azure\.com|[a-z0-9-]+\.visualstudio\.com)(?::443)?$/;

/** `configured`: the upstream is a git server. `base`: its own path, without a trailing slash; empty for none. */
export function createGitRecogniser(configured: boolean, base = ''): Recogniser {
  return {
    claims: (call) => readGitRequests(call, base) !== undefined,
    needsBody(call) {
      const request = readGitRequests(call, base);
      return request !== undefined && gitNeedsBody(request);
    },
    recognise(call) {
      const request = readGitRequests(call, base);
      if (!request) return recogniseHttp(call);
      const known = configured || SERVICES.test(call.host);
      const actions: readonly Action[] = gitActions(request, call, known, true);
      return known && request.sure ? actions : [...actions, ...recogniseHttp(call)];
    },
    envelope(call) {
      const request = readGitRequests(call, base);
      return request && pushEnvelope(request, call);
    },
  };
}
