// Databricks: the Statement Execution API (docs.databricks.com, "Statement Execution") and commands on clusters.
import { Members, schemaOf } from './http-request.ts';
import { plainEndpoint, type ServiceReader } from './service-reader.ts';

const STATEMENTS = /^\/api\/2\.0\/sql\/statements\/?$/;
const RESULT = /^\/api\/2\.0\/sql\/statements\/[\w-]+(?:\/result\/chunks\/\d+)?$/;
const CANCEL = /^\/api\/2\.0\/sql\/statements\/[\w-]+\/cancel$/;
const COMMAND = '/api/1.2/commands/execute';

export const DATABRICKS: ServiceReader = {
  dialects: ['databricks'],
  needsBody: (method, path) => method === 'POST' && (STATEMENTS.test(path) || path === COMMAND),
  read(request, into) {
    const { method, path } = request;
    if (method === 'GET' && RESULT.test(path)) return plainEndpoint(into, 'fetch');
    if (method === 'POST' && CANCEL.test(path)) return plainEndpoint(into, 'cancel');
    if (method !== 'POST' || (!STATEMENTS.test(path) && path !== COMMAND)) return false;
    const body = request.object();
    if (body === undefined) return true;
    const isCommand = path === COMMAND;
    const name = isCommand ? 'command' : 'statement';
    const members = new Members(body, [name, 'catalog', 'schema', 'warehouse_id', 'language', 'disposition'], into);
    const language = isCommand ? (members.text('language') ?? '').toLowerCase() : 'sql';
    for (const place of ['catalog', 'schema', 'warehouse_id']) into.say(place, members.text(place));
    if (language === 'sql') members.statement(name, schemaOf(members.text('catalog'), members.text('schema')));
    else {
      const params = { language: language.slice(0, 50) };
      into.add({ verb: 'execute', effect: 'code', type: 'language', tags: ['code-execution'], params });
      into.doubt('code-in-another-language');
    }
    if (members.text('disposition')?.toUpperCase() === 'EXTERNAL_LINKS') {
      // The answer holds addresses that anybody can fetch the result from.
      const flags = ['presigned'];
      into.add({ verb: 'export', effect: 'export', level: 'read', tags: ['data-export'], flags });
    }
    return true;
  },
};
