// What an operator typed for a call, kept on this computer until the contact is closed.

export interface Draft {
  readonly note: string;
  readonly disposition: string;
  readonly needs: Readonly<Record<string, string>>;
  readonly at: number;
}

const PREFIX = "busbar.draft.";
/** A shift: what lay longer was forgotten, and names and troubles of customers do not belong on a shared computer. */
const KEPT_FOR = 12 * 3600 * 1000;
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

/** Name of a contact's draft: of one person, since tables in a hall have many. */
export function contactName(userId: number, callId: string): string {
  return `call.${userId}.${callId}`;
}

/** Forget all that one person typed: he signs out, and the next one at this computer is somebody else. */
export function forgetDrafts(userId: number): void {
  try {
    const mine = [`${PREFIX}call.${userId}.`, `${PREFIX}form.${userId}.`];
    for (const key of Object.keys(localStorage)) if (mine.some((begin) => key.startsWith(begin))) localStorage.removeItem(key);
  } catch {
    // Nothing was kept either.
  }
}

/** Forget drafts of an earlier shift, whoever typed them. */
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

/** What was typed into a form of the desk, with the mark that makes sending it twice one sending. */
export interface FormDraft {
  readonly values: Readonly<Record<string, string>>;
  readonly once: string;
  /** The form stood open: after a reload it opens again by itself. */
  readonly open: boolean;
  /** How it was opened. */
  readonly params: Readonly<Record<string, string>>;
  readonly at: number;
}

/** Name of a form's draft: of one person, since tables in a hall have many. */
export function formName(userId: number, accountId: number, panel: string): string {
  return `form.${userId}.${accountId}.${panel}`;
}

export function readForm(name: string): FormDraft | null {
  try {
    const kept = JSON.parse(localStorage.getItem(PREFIX + name) ?? "null") as Partial<FormDraft> | null;
    return kept === null || typeof kept !== "object" ? null : { values: {}, once: "", open: false, params: {}, at: 0, ...kept };
  } catch {
    return null;
  }
}

export function keepForm(name: string, draft: Omit<FormDraft, "at">): boolean {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify({ ...draft, at: Date.now() } satisfies FormDraft));
    return true;
  } catch {
    return false;
  }
}

/** Forms of an account that stood open. */
export function openForms(userId: number, accountId: number): string[] {
  const from = formName(userId, accountId, "");
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX + from)).map((key) => key.slice((PREFIX + from).length))
      .filter((panel) => readForm(from + panel)?.open === true);
  } catch {
    return [];
  }
}

/** Tell when another tab keeps or drops a form's draft. */
export function onFormChanged(heard: (name: string, draft: FormDraft | null) => void): void {
  onChanged("form.", (name, kept) => heard(name, kept ? readForm(name) : null));
}

/** Tell when another tab keeps a contact's draft. */
export function onContactChanged(heard: (name: string, draft: Draft) => void): void {
  onChanged("call.", (name, kept) => kept && heard(name, readDraft(name)));
}

function onChanged(begin: string, heard: (name: string, kept: boolean) => void): void {
  addEventListener("storage", (event) => {
    if (event.key?.startsWith(PREFIX + begin)) heard(event.key.slice(PREFIX.length), event.newValue !== null);
  });
}

/** A mark that nobody else has; pages without TLS have no `randomUUID`. */
export function newMark(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
