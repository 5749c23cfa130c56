// The signature itself (AWS General Reference, "Create a signed AWS API request", steps 3 and 4). Pure.
import { createHmac } from 'node:crypto';
import { sha256Hex } from './canonical-request.ts';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Of a signature: when, where and for whom it is good. */
export interface Scope {
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  /** Signing name. */
  readonly service: string;
}

const hmac = (key: string | Uint8Array, data: string): Buffer =>
  createHmac('sha256', key).update(data, 'latin1').digest();

/** The key of one day, region and service. */
export function signingKey(secret: string, { date, region, service }: Scope): Uint8Array {
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), 'aws4_request');
}

export const scopeText = ({ date, region, service }: Scope): string => `${date}/${region}/${service}/aws4_request`;

/** `at`: `YYYYMMDDTHHMMSSZ`. */
export function stringToSign(at: string, scope: Scope, canonical: string): string {
  return `${ALGORITHM}\n${at}\n${scopeText(scope)}\n${sha256Hex(canonical)}`;
}

/** Lower-case hex. */
export function signature(key: Uint8Array, text: string): string {
  return hmac(key, text).toString('hex');
}

/** `20260102T030405Z` of epoch ms. */
export function amzDate(now: number): string {
  return new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

/** Epoch ms; undefined for anything but `YYYYMMDDTHHMMSSZ`. */
export function parseAmzDate(text: string): number | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // A 31st of February is no day that anybody signs on.
  return Number.isNaN(time) || amzDate(time) !== text ? undefined : time;
}
