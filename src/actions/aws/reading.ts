// One thing that a call may be asking of AWS, before it is put into the words of IAM.
import type { JsonObject } from '../../core/body/json.ts';
import type { Operation, ServiceHead } from './catalogue-text.ts';

export interface Reading {
  readonly service: ServiceHead;
  /** Undefined where the catalogue does not know it. */
  readonly operation: Operation | undefined;
  /** As the call says it; '' where it says none. */
  readonly name: string;
  readonly parameters: Parameters;
  /** False where the upstream may take the call for something else. */
  readonly sure: boolean;
}

export interface Parameters {
  readonly tree: JsonObject;
  /** `whole`: all of them are in the tree; `closed`: the body is not there; `broken`: it is not what it should be. */
  readonly state: 'whole' | 'closed' | 'broken';
}
