// The operations of Azure that are known beforehand, and with them how names are written: Azure takes any letter case, rules have one. Read from
// data/operations.txt at first use.
import { readFileSync } from 'node:fs';

export interface AzureType {
  /** `Microsoft.Compute/virtualMachines/extensions`. */
  readonly name: string;
  /** `read`, `write`, `delete`, `runCommand/action`, by their text in lower case. */
  readonly verbs: ReadonlyMap<string, string>;
}

export interface AzureOperations {
  /** By the name in lower case. */
  readonly types: ReadonlyMap<string, AzureType>;
  /** How a segment of a type, or an action, is usually written; by its text in lower case. */
  readonly words: ReadonlyMap<string, string>;
}

let known: AzureOperations | undefined;

/** Throws where the data file is missing or broken, which is a broken installation. */
export function azureOperations(): AzureOperations {
  known ??= read(readFileSync(new URL('data/operations.txt', import.meta.url), 'utf8'));
  return known;
}

function read(text: string): AzureOperations {
  const types = new Map<string, AzureType>();
  const words = new Map<string, string>();
  const learn = (word: string): void => {
    const lower = word.toLowerCase();
    if (!words.has(lower) || words.get(lower) === lower) words.set(lower, word);
  };
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [name = '', ...verbs] = line.split(' ');
    types.set(name.toLowerCase(), { name, verbs: new Map(verbs.map((verb) => [verb.toLowerCase(), verb])) });
    for (const word of [...name.split('/'), ...verbs.map((verb) => verb.replace('/action', ''))]) learn(word);
  }
  return { types, words };
}
