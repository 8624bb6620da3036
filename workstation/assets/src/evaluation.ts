// What a grader writes while listening: a line for the moment that is heard, by a button or by C.

const TYPED = ["INPUT", "TEXTAREA", "SELECT"];

/** Let a line be added for the present moment of the recording; without a form there is nothing to do. */
export function comments(now: () => string): void {
  const list = document.getElementById("comments");
  const button = document.getElementById("comment-here");
  const blank = document.getElementById("comment-blank");
  if (list === null || button === null || !(blank instanceof HTMLTemplateElement)) return;
  const most = Number(list.dataset["most"]);
  const add = (): void => {
    const place = list.children.length;
    if (place >= most) return;
    const row = blank.content.cloneNode(true) as DocumentFragment;
    for (const field of row.querySelectorAll<HTMLInputElement>("input")) {
      field.name = `c${place}_${field.name}`;
      if (field.name.endsWith("_at")) field.value = now();
    }
    list.append(row);
    list.lastElementChild?.querySelector<HTMLInputElement>("input[name$='_text']")?.focus();
  };
  button.hidden = false;
  button.addEventListener("click", add);
  document.addEventListener("keydown", (event) => {
    const where = event.target as HTMLElement;
    if (event.code !== "KeyC" || event.ctrlKey || event.altKey || event.metaKey || TYPED.includes(where.tagName)) return;
    event.preventDefault();
    add();
  });
}
