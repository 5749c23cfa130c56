// CREATE …: what is made, and what making it lets somebody do later.
import type { Finding } from '../finding.ts';
import { fields, list, type Node, strings, text } from './node.ts';
import { objectType, options } from './object-types.ts';
import type { StatementReaders } from './reader.ts';
import { qualified, relationName } from './relation.ts';

type Rest = Omit<Finding, 'verb' | 'effect'>;

const CODE = ['code-execution'];
const NETWORK = ['network-exposure'];
const TRUSTED: ReadonlySet<string> = new Set(['sql', 'plpgsql', 'plperl', 'pltcl', 'plv8', 'plrust']);

function made(rest: Rest): Finding {
  return { verb: 'create', effect: 'ddl', ...rest };
}

function relation(node: Node, key: string): readonly string[] {
  return relationName(fields(node[key]));
}

function single(node: Node, key: string): readonly string[] {
  return [text(node[key]) ?? '?'];
}

export const CREATIONS: StatementReaders = {
  CreateStmt: (node, { findings, walk }) => {
    findings.add(made({ type: 'table', name: relation(node, 'relation') }));
    // The bounds of a partition are computed at once.
    walk.walk(node['partbound']);
  },
  CreateForeignTableStmt: (node, { findings }) => {
    const name = relation(fields(node['base'] ?? node['base_stmt']), 'relation');
    findings.add(made({ type: 'foreign table', name, tags: NETWORK }));
  },
  CreateTableAsStmt: (node, { findings, statement }) => {
    const type = node['objtype'] === 'OBJECT_MATVIEW' ? 'materialized view' : 'table';
    findings.add(made({ type, name: relation(fields(node['into']), 'rel') }));
    statement(node['query']);
  },
  ViewStmt: (node, { findings, walk }) => {
    const flags = node['replace'] === true ? ['replaces'] : [];
    findings.add(made({ type: 'view', name: relation(node, 'view'), flags }));
    walk.walk(node['query']);
  },
  IndexStmt: (node, { findings, walk }) => {
    const [schema = '', table = ''] = relation(node, 'relation');
    const index = text(node['idxname']) ?? table;
    findings.add(made({ type: 'index', name: [schema, index], params: { table: `${schema}.${table}` } }));
    // Building it calls the functions that it is made of.
    walk.walk(node['indexParams']);
    walk.walk(node['whereClause']);
  },
  CreateSeqStmt: (node, { findings }) => {
    findings.add(made({ type: 'sequence', name: relation(node, 'sequence') }));
  },
  CreateSchemaStmt: (node, { findings, statement }) => {
    const flags = node['authrole'] === undefined ? [] : ['sets-owner'];
    findings.add(made({ type: 'schema', name: single(node, 'schemaname'), flags }));
    // What it makes is in the new schema, and names in it are looked up there first.
    if (list(node['schemaElts']).length > 0) findings.doubt('schema-with-elements');
    for (const element of list(node['schemaElts'])) statement(element);
  },
  CreateFunctionStmt: (node, { findings }) => {
    const given = options(node['options']);
    const language = languageOf(given.get('language')) ?? 'sql';
    const definer = isTrue(given.get('security'));
    findings.add(
      made({
        type: node['is_procedure'] === true ? 'procedure' : 'function',
        name: qualified(strings(node['funcname'])),
        tags: [...CODE, ...(definer ? ['privilege-escalation'] : [])],
        flags: [...(definer ? ['security-definer'] : []), ...(TRUSTED.has(language) ? [] : ['untrusted-language'])],
        params: { language },
      }),
    );
  },
  CreateTrigStmt: (node, { findings }) => {
    const name = [...relation(node, 'relation'), text(node['trigname']) ?? '?'];
    const runs = strings(node['funcname']).join('.');
    findings.add(made({ type: 'trigger', name, tags: CODE, params: { function: runs } }));
  },
  CreateEventTrigStmt: (node, { findings }) => {
    findings.add(made({ type: 'event trigger', name: single(node, 'trigname'), tags: CODE }));
  },
  RuleStmt: (node, { findings, walk }) => {
    const name = [...relation(node, 'relation'), text(node['rulename']) ?? '?'];
    findings.add(made({ type: 'rule', name, tags: CODE }));
    walk.walk(node['actions']);
    walk.walk(node['whereClause']);
  },
  CreateExtensionStmt: (node, { findings }) => {
    findings.add(made({ type: 'extension', name: single(node, 'extname'), tags: CODE }));
  },
  CreatePLangStmt: (node, { findings }) => {
    findings.add(made({ type: 'language', name: single(node, 'plname'), tags: CODE }));
  },
  CreateFdwStmt: (node, { findings }) => {
    findings.add(made({ type: 'fdw', name: single(node, 'fdwname'), tags: [...CODE, ...NETWORK] }));
  },
  CreateForeignServerStmt: (node, { findings }) => {
    findings.add(made({ type: 'foreign server', name: single(node, 'servername'), tags: NETWORK }));
  },
  CreateUserMappingStmt: (node, { findings }) => {
    const params = { options: '[redacted]' };
    findings.add(made({ type: 'user mapping', name: single(node, 'servername'), tags: NETWORK, params }));
  },
  ImportForeignSchemaStmt: (node, { findings }) => {
    findings.add(made({ type: 'schema', name: single(node, 'local_schema'), tags: NETWORK, flags: ['foreign'] }));
  },
  CreatePublicationStmt: (node, { findings }) => {
    const all = node['for_all_tables'] === true ? ['all-tables'] : [];
    const tags = ['data-export', 'external-sharing'];
    findings.add(made({ type: 'publication', name: single(node, 'pubname'), tags, flags: all }));
  },
  CreateSubscriptionStmt: (node, { findings }) => {
    const params = { connection: '[redacted]' };
    findings.add(made({ type: 'subscription', name: single(node, 'subname'), tags: NETWORK, params }));
  },
  CreatedbStmt: (node, { findings }) => {
    findings.add(made({ type: 'database', name: single(node, 'dbname') }));
  },
  CreateTableSpaceStmt: (node, { findings }) => {
    findings.add(made({ type: 'tablespace', name: single(node, 'tablespacename'), flags: ['server-file'] }));
  },
  DefineStmt: (node, { findings }) => {
    const type = objectType(node['kind']);
    const runs = type === 'operator' || type === 'aggregate' || type === 'type' ? CODE : [];
    findings.add(made({ type, name: qualified(strings(node['defnames'])), tags: runs }));
  },
  CompositeTypeStmt: (node, { findings }) => {
    findings.add(made({ type: 'type', name: relation(node, 'typevar') }));
  },
  CreateEnumStmt: (node, { findings }) => {
    findings.add(made({ type: 'type', name: qualified(strings(node['typeName'])) }));
  },
  CreateRangeStmt: (node, { findings }) => {
    findings.add(made({ type: 'type', name: qualified(strings(node['typeName'])) }));
  },
  CreateDomainStmt: (node, { findings }) => {
    findings.add(made({ type: 'domain', name: qualified(strings(node['domainname'])) }));
  },
  CreateStatsStmt: (node, { findings }) => {
    findings.add(made({ type: 'statistics', name: qualified(strings(node['defnames'])) }));
  },
  CreateCastStmt: (_node, { findings }) => {
    findings.add(made({ type: 'cast', tags: CODE }));
  },
  CreateTransformStmt: (_node, { findings }) => {
    findings.add(made({ type: 'transform', tags: CODE }));
  },
  CreateConversionStmt: (node, { findings }) => {
    findings.add(made({ type: 'conversion', name: qualified(strings(node['conversion_name'])), tags: CODE }));
  },
  CreateAmStmt: (node, { findings }) => {
    findings.add(made({ type: 'access method', name: single(node, 'amname'), tags: CODE }));
  },
  CreateOpClassStmt: (node, { findings }) => {
    findings.add(made({ type: 'opclass', name: qualified(strings(node['opclassname'])), tags: CODE }));
  },
  CreateOpFamilyStmt: (node, { findings }) => {
    findings.add(made({ type: 'opfamily', name: qualified(strings(node['opfamilyname'])) }));
  },
};

function languageOf(value: unknown): string | undefined {
  return text(fields(fields(value)['String'])['sval'])?.toLowerCase();
}

function isTrue(value: unknown): boolean {
  return fields(fields(value)['Boolean'])['boolval'] === true;
}
