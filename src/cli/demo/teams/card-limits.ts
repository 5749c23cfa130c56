// What Teams refuses in messages with cards, or shows nothing of: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
// and https://adaptivecards.io/explorer (schema 1.5).

type Json = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Bytes of UTF-16 of a whole message. */
const MOST_BYTES = 100 * 1024;
const MOST_ACTIONS = 6;
const MOST_USERS = 60;

/** Why this message is refused, or undefined. */
export function activityFault(activity: unknown): string | undefined {
  if (!isMap(activity) || activity['type'] !== 'message') return 'it is no message';
  if (JSON.stringify(activity).length * 2 > MOST_BYTES) return 'the message is over 100 KB';
  if (activity['entities'] !== undefined) return 'mentions are not expected here';
  const { attachments, text } = activity;
  if (attachments === undefined) return typeof text === 'string' && text !== '' ? undefined : 'it is empty';
  if (!Array.isArray(attachments) || attachments.length !== 1) return 'expected one attachment';
  const [one] = attachments as readonly unknown[];
  if (!isMap(one) || one['contentType'] !== 'application/vnd.microsoft.card.adaptive') return 'it is no Adaptive Card';
  return cardFault(one['content']);
}

/** Why this card is refused, or undefined. */
export function cardFault(card: unknown): string | undefined {
  if (!isMap(card) || card['type'] !== 'AdaptiveCard') return 'it is no AdaptiveCard';
  if (card['version'] !== '1.5') return 'the version is not 1.5';
  const { refresh, actions = [] } = card;
  if (!Array.isArray(actions) || actions.length > MOST_ACTIONS) return `at most ${MOST_ACTIONS} actions`;
  return (
    listFault(card['body'], elementFault) ??
    actions.map(actionFault).find((each) => each !== undefined) ??
    refreshFault(refresh)
  );
}

function refreshFault(refresh: unknown): string | undefined {
  if (refresh === undefined) return undefined;
  if (!isMap(refresh)) return 'refresh is no object';
  const { userIds, action } = refresh;
  if (!Array.isArray(userIds) || userIds.length === 0 || userIds.length > MOST_USERS) return 'refresh.userIds';
  return actionFault(action);
}

function actionFault(action: unknown): string | undefined {
  if (!isMap(action)) return 'an action is no object';
  if (!textIs(action['title'], 200)) return 'an action without a title';
  if (action['type'] === 'Action.ShowCard') return cardFault(action['card']);
  if (action['type'] !== 'Action.Execute') return `unknown action ${String(action['type'])}`;
  return textIs(action['verb'], 100) ? undefined : 'Action.Execute without a verb';
}

function elementFault(element: Json): string | undefined {
  switch (element['type']) {
    case 'TextBlock':
      return textIs(element['text'], 5000) ? undefined : 'a TextBlock without text';
    case 'RichTextBlock':
      return listFault(element['inlines'], (each) =>
        each['type'] === 'TextRun' && textIs(each['text'], 10_000) ? undefined : 'a run without text',
      );
    case 'FactSet':
      return listFault(element['facts'], (each) =>
        textIs(each['title'], 200) && textIs(each['value'], 1000) ? undefined : 'a fact without words',
      );
    case 'CodeBlock':
      if (!textIs(element['codeSnippet'], 10_000) || element['language'] !== 'PlainText')
        return 'a CodeBlock without text';
      return isMap(element['fallback']) ? elementFault(element['fallback']) : 'a CodeBlock without a fallback';
    case 'Input.Text':
      return textIs(element['id'], 100) && textIs(element['label'], 500) ? undefined : 'an input without a name';
    default:
      return `unknown element ${String(element['type'])}`;
  }
}

const textIs = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;

function listFault(value: unknown, check: (each: Json) => string | undefined): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return 'an empty list';
  return value
    .map((each) => (isMap(each) ? check(each) : 'an element is no object'))
    .find((each) => each !== undefined);
}
