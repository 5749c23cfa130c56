// What a policy command has of the world: streams, time and environment, so that tests can give it another one.

export interface CommandIo {
  /** Resolves when more may be written (backpressure). */
  out(text: string): Promise<void>;
  err(text: string): void;
  readonly input: AsyncIterable<Uint8Array | string>;
  /** Rejects for what is not UTF-8 too. */
  readFile(path: string): Promise<string>;
  writeFile(path: string, text: string): Promise<void>;
  /** Epoch ms. */
  now(): number;
  readonly env: Readonly<Record<string, string | undefined>>;
}
