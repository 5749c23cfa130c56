// Tells whoever listens what happened. A listener that throws never reaches the emitter, nor keeps others from hearing.
import type { EventBus, GateEvents } from '../ports/events.ts';

type Listener<Name extends keyof GateEvents> = (event: GateEvents[Name]) => void;
type Listeners = { [Name in keyof GateEvents]?: readonly Listener<Name>[] };

/** `onError` hears of listeners that threw; what it throws itself is dropped. */
export function createEventBus(onError: (error: unknown) => void = () => undefined): EventBus {
  const listeners: Listeners = {};

  const of = <Name extends keyof GateEvents>(name: Name): readonly Listener<Name>[] => listeners[name] ?? [];
  const set = <Name extends keyof GateEvents>(name: Name, list: readonly Listener<Name>[]): void => {
    (listeners as Record<Name, readonly Listener<Name>[]>)[name] = list;
  };

  return {
    emit(name, event) {
      const list = listeners[name];
      if (list === undefined) return;
      // Lists are replaced, never changed: listening and unsubscribing inside a listener is safe. By index: this is the
      // hot path, and it allocates nothing.
      for (let i = 0; i < list.length; i++) {
        try {
          list[i]?.(event);
        } catch (error) {
          report(error);
        }
      }
    },
    on(name, listener) {
      set(name, [...of(name), listener]);
      return () => {
        const list = of(name);
        const at = list.indexOf(listener);
        if (at >= 0) set(name, list.toSpliced(at, 1));
      };
    },
  };

  function report(error: unknown): void {
    try {
      onError(error);
    } catch {
      // Nobody is left to tell.
    }
  }
}
