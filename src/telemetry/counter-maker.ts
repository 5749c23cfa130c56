// How counters of this gate are made: their names begin alike.
import { Counter, type Registry } from 'prom-client';

export type MakeCounter = <Label extends string>(
  name: string,
  help: string,
  labelNames?: readonly Label[],
) => Counter<Label>;

/** `name` without `holdgate_`. */
export const counterMaker =
  (registry: Registry): MakeCounter =>
  (name, help, labelNames = []) =>
    new Counter({ name: `holdgate_${name}`, help, labelNames, registers: [registry] });
