// Requests to our own server: the token on every unsafe one, and one kind of failure.

export class Refused extends Error {
  constructor(readonly status: number, readonly body: string) {
    super(`the server answered ${status}`);
  }

  /** What the server says to people, "" when it says nothing to them. */
  get sentence(): string {
    try {
      return String((JSON.parse(this.body) as { sentence?: string }).sentence ?? "");
    } catch {
      return "";
    }
  }
}

const TOKEN = document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";

export async function fetchText(address: string, signal?: AbortSignal): Promise<string> {
  const response = await fetch(address, { headers: { Accept: "text/html" }, ...(signal ? { signal } : {}) });
  if (!response.ok) throw new Refused(response.status, await response.text());
  return response.text();
}

/** Post a form; the answer's body comes back for 2xx and 422 alike, everything else throws. */
export async function postForm(address: string, fields: Iterable<[string, string]>): Promise<{ ok: boolean; body: string }> {
  const response = await fetch(address, {
    method: "POST",
    headers: { "X-CSRF-Token": TOKEN, "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams([...fields]).toString(),
  });
  const body = await response.text();
  if (!response.ok && response.status !== 422) throw new Refused(response.status, body);
  return { ok: response.ok, body };
}
