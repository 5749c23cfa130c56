// Who is on call now, by whatever knows it.

export type ScheduleAnswer =
  /** E-mail addresses, as that side spells them. */
  { readonly ok: true; readonly emails: readonly string[] } | { readonly ok: false; readonly why: string };

/** Never rejects. */
export type Schedule = () => Promise<ScheduleAnswer>;
