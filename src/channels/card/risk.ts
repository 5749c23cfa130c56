// Risk words in messages, and how far a click decides.
import type { Risk } from '../../core/policy/types.ts';

const RISKS: readonly Risk[] = ['low', 'medium', 'high', 'critical'];

export const RISK_SIGNS: Readonly<Record<Risk, string>> = { low: '🟢', medium: '🟡', high: '🟠', critical: '🔴' };

export const withinRisk = (risk: Risk, most: Risk): boolean => RISKS.indexOf(risk) <= RISKS.indexOf(most);
