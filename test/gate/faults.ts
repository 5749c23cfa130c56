// Makes the Nth call of any port fail, in each way in which a call can fail. What is not in the list of ports cannot fail.
import type { GateDeps } from '../../src/gate/deps.ts';
import { StoreUnavailable } from '../../src/ports/approval-store.ts';

/** `lost`: the work is done and its acknowledgement is not received. `never`: no answer at all. */
export type FaultKind = 'throw' | 'reject' | 'lost' | 'never';

export interface Fault {
  /** Which call, from 0 in the order in which they come. */
  readonly at: number;
  readonly kind: FaultKind;
  /** True: this method fails from there on, until `lift`. */
  readonly lasting: boolean;
}

export interface FaultyPorts {
  /** Names of all calls so far, in order. */
  readonly calls: string[];
  /** The call that failed first. */
  readonly failed: () => string | undefined;
  readonly around: (deps: GateDeps) => GateDeps;
  readonly lift: () => void;
}

const SYNCHRONOUS: ReadonlySet<string> = new Set(['audit.routine', 'sealer.seal', 'sealer.open']);
/** Not calls that are made while a call is decided. */
const LEFT_ALONE: ReadonlySet<string> = new Set(['store.subscribe', 'store.close', 'audit.close', 'signer.publicKeys']);

export const isSynchronous = (name: string): boolean => SYNCHRONOUS.has(name);

export function createFaultyPorts(fault?: Fault): FaultyPorts {
  const calls: string[] = [];
  let failed: string | undefined;
  let lifted = false;

  const strikes = (name: string, index: number): boolean => {
    if (!fault || lifted) return false;
    if (index === fault.at) failed = name;
    return index === fault.at || (fault.lasting && failed === name);
  };

  function wrap<Port extends object>(port: string, plain: Port): Port {
    return new Proxy(plain, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        const name = `${port}.${String(key)}`;
        if (typeof member !== 'function' || LEFT_ALONE.has(name)) return member;
        return (...input: unknown[]): unknown => {
          const call = (): unknown => Reflect.apply(member, target, input);
          const error = new StoreUnavailable(`injected at ${name}`);
          if (!strikes(name, calls.push(name) - 1) || !fault) return call();
          if (fault.kind === 'throw' || isSynchronous(name)) throw error;
          if (fault.kind === 'never') return new Promise(() => undefined);
          if (fault.kind === 'reject') return Promise.reject(error);
          return Promise.resolve(call()).then(() => Promise.reject(error));
        };
      },
    });
  }

  return {
    calls,
    failed: () => failed,
    around: (deps) => ({
      ...deps,
      store: wrap('store', deps.store),
      audit: wrap('audit', deps.audit),
      dispatcher: wrap('dispatcher', deps.dispatcher),
      signer: wrap('signer', deps.signer),
      sealer: wrap('sealer', deps.sealer),
      records: wrap('records', deps.records),
    }),
    lift: () => void (lifted = true),
  };
}
