// Which commands there are, and the module that knows them.
import type { Command } from 'commander';

export interface CommandGroup {
  /** First words of the command line that belong to the group. */
  readonly commands: readonly string[];
  readonly load: () => Promise<(program: Command) => void>;
}

export const groups: readonly CommandGroup[] = [
  { commands: ['init'], load: async () => (await import('./init.ts')).registerInit },
  { commands: ['serve'], load: async () => (await import('./serve.ts')).registerServe },
  { commands: ['doctor'], load: async () => (await import('./doctor.ts')).registerDoctor },
  { commands: ['approvals'], load: async () => (await import('./approvals/register.ts')).registerApprovals },
  { commands: ['grants'], load: async () => (await import('./grants/register.ts')).registerGrants },
  { commands: ['insights'], load: async () => (await import('./insights.ts')).registerInsights },
  { commands: ['link', 'unlink'], load: async () => (await import('./link.ts')).registerLink },
  { commands: ['actions'], load: async () => (await import('./actions/register.ts')).registerActionsCommands },
  { commands: ['agents'], load: async () => (await import('./agents/register.ts')).registerAgents },
  { commands: ['policy'], load: async () => (await import('./policy/register.ts')).registerPolicyCommands },
  { commands: ['keys'], load: async () => (await import('./keys.ts')).registerKeys },
  { commands: ['receipts'], load: async () => (await import('./receipts.ts')).registerReceipts },
  { commands: ['audit'], load: async () => (await import('./audit.ts')).registerAudit },
  { commands: ['schema'], load: async () => (await import('./schema.ts')).registerSchemaCommand },
];
