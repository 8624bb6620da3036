// What an operator typed for a call, kept on this computer until the contact is closed.

export interface Draft {
  readonly note: string;
  readonly disposition: string;
  readonly needs: Readonly<Record<string, string>>;
  readonly at: number;
}

const PREFIX = "busbar.draft.";
const KEPT_FOR = 3 * 24 * 3600 * 1000;
const EMPTY: Draft = { note: "", disposition: "", needs: {}, at: 0 };

export function readDraft(callId: string): Draft {
  try {
    return { ...EMPTY, ...(JSON.parse(localStorage.getItem(PREFIX + callId) ?? "{}") as Partial<Draft>) };
  } catch {
    return EMPTY;
  }
}

/** Keep a draft; returns whether it is safe now. */
export function keepDraft(callId: string, draft: Omit<Draft, "at">): boolean {
  try {
    localStorage.setItem(PREFIX + callId, JSON.stringify({ ...draft, at: Date.now() } satisfies Draft));
    return true;
  } catch {
    return false;
  }
}

export function dropDraft(callId: string): void {
  try {
    localStorage.removeItem(PREFIX + callId);
  } catch {
    // Nothing was kept either.
  }
}

/** Forget drafts of long ago: names and troubles of customers do not belong here for ever. */
export function sweepDrafts(now: number): void {
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(PREFIX)) continue;
      if (now - readDraft(key.slice(PREFIX.length)).at > KEPT_FOR) localStorage.removeItem(key);
    }
  } catch {
    // Storage is forbidden.
  }
}
