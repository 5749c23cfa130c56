// The file operations that the log rests on, apart from it so that tests can fill the disk and cut writes short.
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface SegmentFile {
  /** Bytes written, possibly fewer than given. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Content and length are on disk (fdatasync). */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface SegmentFolder {
  /** Segment file names, oldest first. */
  names(): Promise<readonly string[]>;
  read(name: string): Promise<Buffer>;
  /** Rejects if the file is there. */
  create(name: string): Promise<SegmentFile>;
  reopen(name: string): Promise<SegmentFile>;
  /** The names of new files are on disk. */
  sync(): Promise<void>;
}

const NAME = /^\d{6,9}\.jsonl$/;

export function segmentName(number: number): string {
  return `${String(number).padStart(6, '0')}.jsonl`;
}

async function openFile(path: string, flags: string): Promise<SegmentFile> {
  const handle = await open(path, flags, 0o600);
  return {
    write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    sync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    close: () => handle.close(),
  };
}

/** The real folder; `make` creates it (mode 0700). */
export async function openSegmentFolder(path: string, make: boolean): Promise<SegmentFolder> {
  if (make) await mkdir(path, { recursive: true, mode: 0o700 });
  return {
    names: async () =>
      (await readdir(path))
        .filter((name) => NAME.test(name))
        .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
    read: (name) => readFile(join(path, name)),
    create: (name) => openFile(join(path, name), 'wx'),
    reopen: (name) => openFile(join(path, name), 'r+'),
    async sync() {
      const handle = await open(path, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}
