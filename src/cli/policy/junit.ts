// Results of `policy test` in the JUnit XML that CI systems read.

export interface TestResult {
  readonly file: string;
  readonly name: string;
  /** `file:line:col` of the case. */
  readonly at: string;
  /** What differs, with expected and actual; undefined for a case that passed. */
  readonly failure: string | undefined;
}

/** One `testsuite` a file. */
export function junitXml(results: readonly TestResult[]): string {
  const files = [...new Set(results.map((result) => result.file))];
  const suites = files.map((file) => {
    const cases = results.filter((result) => result.file === file);
    const failures = cases.filter((result) => result.failure !== undefined).length;
    const body = cases.map((result) => testcase(result)).join('');
    return `  <testsuite name="${xml(file)}" tests="${cases.length}" failures="${failures}">\n${body}  </testsuite>\n`;
  });
  const failed = results.filter((result) => result.failure !== undefined).length;
  const open = `<testsuites name="holdgate policy test" tests="${results.length}" failures="${failed}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${open}\n${suites.join('')}</testsuites>\n`;
}

function testcase(result: TestResult): string {
  const head = `    <testcase classname="${xml(result.file)}" name="${xml(result.name)}"`;
  if (result.failure === undefined) return `${head}/>\n`;
  const [first = ''] = result.failure.split('\n');
  const text = xml(`${result.at}\n${result.failure}`);
  return `${head}>\n      <failure message="${xml(first)}">${text}</failure>\n    </testcase>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};

// XML 1.0 §2.2: most control characters cannot be written at all, not even escaped.
function xml(text: string): string {
  return [...text]
    .map((char) => {
      const code = char.codePointAt(0) ?? 0;
      if (code < 0x20 && code !== 0x09 && code !== 0x0a) return '\ufffd';
      return ENTITIES[char] ?? char;
    })
    .join('');
}
