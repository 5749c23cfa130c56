// git over HTTP, at any server. At an upstream of `kind: git` a request of git is that and nothing else, and what is none is plain HTTP. At
// other hosts a path that looks like one is read as both, for who answers there is not known.
import type { Action } from '../../core/action.ts';
import { recogniseHttp } from '../http.ts';
import type { Recogniser } from '../recogniser.ts';
import { gitActions, gitNeedsBody, pushEnvelope } from './git-actions.ts';
import { readGitRequests } from './git-request.ts';

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
      const actions: readonly Action[] = gitActions(request, call, configured, true);
      return configured && request.sure ? actions : [...actions, ...recogniseHttp(call)];
    },
    envelope(call) {
      const request = readGitRequests(call, base);
      return request && pushEnvelope(request, call);
    },
  };
}
