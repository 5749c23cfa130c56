// What a person filled into a dialog, as Slack sends it: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload

type Json = Readonly<Record<string, unknown>>;

/** `state.values` of a dialog with these blocks: `text` in each field for text, every box ticked or none. */
export function valuesOf(blocks: unknown, text: string | undefined, ticked: boolean): Json {
  const inputs = (Array.isArray(blocks) ? (blocks as readonly Json[]) : []).filter(({ type }) => type === 'input');
  return Object.fromEntries(
    inputs.map(({ block_id: id, element }) => {
      const { type, action_id: action, options } = element as Json;
      const value =
        type === 'checkboxes' ? { type, selected_options: ticked ? options : [] } : { type, value: text ?? null };
      return [String(id), { [String(action)]: value }];
    }),
  );
}
