// Shared records at rest. INVARIANT: a value opens only as the version of the record that it was sealed as, so that nobody can put one
// in the place of another.
import { type Sealer, UnknownDataKey } from '../ports/sealer.ts';

export interface RecordSeal {
  seal(kind: string, id: string, version: number, value: string): Uint8Array;
  /** Undefined where it was edited. Throws UnknownDataKey. */
  open(kind: string, id: string, version: number, sealed: Uint8Array): string | undefined;
}

const contextOf = (kind: string, id: string, version: number): string => `record\n${kind}\n${id}\n${version}`;

/** Without a sealer values stand as they are: for tests of everything else. */
export function createRecordSeal(sealer: Sealer | undefined): RecordSeal {
  return {
    seal(kind, id, version, value) {
      const plain = Buffer.from(value);
      return sealer ? sealer.seal(plain, contextOf(kind, id, version)) : plain;
    },
    open(kind, id, version, sealed) {
      if (!sealer) return Buffer.from(sealed).toString();
      try {
        return Buffer.from(sealer.open(sealed, contextOf(kind, id, version))).toString();
      } catch (error) {
        if (error instanceof UnknownDataKey) throw error;
        return undefined;
      }
    },
  };
}
