// A folder as the kubelet mounts a secret: the files are links into `..data`, itself a link to a folder with a time in its name;
// an update makes a new such folder and swaps the link by rename.
import { chmodSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MountedSecret {
  readonly folder: string;
  /** Puts these contents in place of all before, at one moment. */
  swap(files: Readonly<Record<string, string>>): void;
}

export function mountSecret(
  folder: string,
  files: Readonly<Record<string, string>>,
  // With fsGroup the kubelet adds read for the group; the tmpfs itself is open to all, and sticky.
  { mode = 0o440, folderMode = 0o1777 }: { readonly mode?: number; readonly folderMode?: number } = {},
): MountedSecret {
  let revision = 0;
  const write = (contents: Readonly<Record<string, string>>): string => {
    const name = `..2026_01_02_03_04_0${++revision}.123`;
    mkdirSync(join(folder, name), { recursive: true });
    for (const [file, text] of Object.entries(contents)) {
      writeFileSync(join(folder, name, file), text);
      chmodSync(join(folder, name, file), mode);
    }
    chmodSync(join(folder, name), 0o755);
    return name;
  };
  symlinkSync(write(files), join(folder, '..data'));
  for (const file of Object.keys(files)) symlinkSync(join('..data', file), join(folder, file));
  chmodSync(folder, folderMode);
  return {
    folder,
    swap(contents) {
      const before = readlinkSync(join(folder, '..data'));
      symlinkSync(write(contents), join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
      rmSync(join(folder, before), { recursive: true });
    },
  };
}
