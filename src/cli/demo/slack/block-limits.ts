// What Slack refuses in messages and views: https://docs.slack.dev/reference/block-kit/blocks and the pages of each element.

type Json = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isMap) : []);

/** Of all blocks of a message. Written down nowhere; people found 13 297 for a single block and about 125 less for each more
 *  (https://github.com/slackapi/bolt-js/issues/2509). */
const MOST_IN_ALL = 13_297;
const OF_A_BLOCK = 125;

/** Why these blocks are refused, or undefined. `most`: 50 in a message, 100 in a view. */
export function blocksFault(value: unknown, most = 50): string | undefined {
  if (!Array.isArray(value)) return 'blocks are no list';
  if (value.length > most) return `${value.length} blocks, at most ${most}`;
  if (most === 50 && charactersOf(value) + (value.length - 1) * OF_A_BLOCK > MOST_IN_ALL) return 'msg_blocks_too_long';
  const ids = list(value).flatMap(({ block_id: id }) => (typeof id === 'string' ? [id] : []));
  if (new Set(ids).size !== ids.length) return 'block_id twice';
  if (ids.some((id) => id.length > 255)) return 'block_id over 255';
  for (const block of value) {
    const fault = isMap(block) ? blockFault(block) : 'a block is no object';
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Of every text in it. */
function charactersOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + charactersOf(each), 0);
  if (!isMap(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [name, each]) => sum + (name === 'text' && typeof each === 'string' ? each.length : charactersOf(each)),
    0,
  );
}

function blockFault(block: Json): string | undefined {
  switch (block['type']) {
    case 'header':
      return textFault(block['text'], 150, ['plain_text']);
    case 'section':
      return sectionFault(block);
    case 'context':
      return listFault(block['elements'], 10, (each) => textFault(each, 3000));
    case 'actions':
      return listFault(block['elements'], 25, buttonFault);
    case 'rich_text':
      return listFault(block['elements'], 50, richFault);
    case 'input':
      return textFault(block['label'], 2000, ['plain_text']) ?? inputFault(block['element']);
    case 'divider':
      return undefined;
    default:
      return `unknown block ${String(block['type'])}`;
  }
}

function inputFault(element: unknown): string | undefined {
  if (!isMap(element)) return 'an input without an element';
  if (element['type'] === 'plain_text_input') return undefined;
  if (element['type'] !== 'checkboxes') return 'unknown input';
  return listFault(element['options'], 10, (option) =>
    typeof option['value'] === 'string' && option['value'].length <= 150
      ? textFault(option['text'], 75)
      : 'value of an option over 150',
  );
}

function sectionFault(block: Json): string | undefined {
  const { text, fields } = block;
  if (text === undefined && fields === undefined) return 'a section without text';
  if (text !== undefined) return textFault(text, 3000);
  return listFault(fields, 10, (each) => textFault(each, 2000));
}

function buttonFault(button: Json): string | undefined {
  if (button['type'] !== 'button') return 'only buttons here';
  const { value, action_id: action, style } = button;
  if (typeof action !== 'string' || action.length > 255) return 'action_id';
  if (value !== undefined && (typeof value !== 'string' || value.length > 2000)) return 'value over 2000';
  if (style !== undefined && style !== 'primary' && style !== 'danger') return 'style';
  return textFault(button['text'], 75, ['plain_text']);
}

function richFault(element: Json): string | undefined {
  if (!['rich_text_section', 'rich_text_preformatted'].includes(String(element['type']))) return 'unknown rich text';
  return listFault(element['elements'], 100, (each) =>
    each['type'] === 'text' &&
    typeof each['text'] === 'string' &&
    each['text'].length > 0 &&
    each['text'].length <= 3000
      ? undefined
      : 'rich text is empty or over 3000',
  );
}

function listFault(value: unknown, most: number, check: (each: Json) => string | undefined): string | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > most) return `expected 1 to ${most} elements`;
  return value
    .map((each) => (isMap(each) ? check(each) : 'an element is no object'))
    .find((each) => each !== undefined);
}

function textFault(
  value: unknown,
  most: number,
  types: readonly string[] = ['plain_text', 'mrkdwn'],
): string | undefined {
  if (!isMap(value) || !types.includes(String(value['type']))) return 'text is no text object';
  const { text } = value;
  if (typeof text !== 'string' || text.length === 0) return 'text is empty';
  return text.length > most ? `text over ${most}` : undefined;
}

/** Of a dialog or a home tab. */
export function viewFault(view: unknown): string | undefined {
  if (!isMap(view)) return 'a view is no object';
  if (view['type'] === 'modal') {
    for (const name of ['title', 'submit', 'close']) {
      const fault = view[name] === undefined ? undefined : textFault(view[name], 24, ['plain_text']);
      if (fault !== undefined) return `${name}: ${fault}`;
    }
    if (view['title'] === undefined) return 'a dialog without a title';
    const asks = list(view['blocks']).some(({ type }) => type === 'input');
    if (asks && view['submit'] === undefined) return 'input without submit';
  }
  const { private_metadata: metadata = '' } = view;
  if (typeof metadata !== 'string' || metadata.length > 3000) return 'private_metadata over 3000';
  return blocksFault(view['blocks'], 100);
}
