// A file is dropped or chosen and sent with its progress shown; without scripts the form sends it by itself.

/** Send the form by hand, so that people see how far a large file is. */
function send(form: HTMLFormElement, bar: HTMLProgressElement): void {
  const request = new XMLHttpRequest();
  request.upload.onprogress = (event) => {
    bar.hidden = false;
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  };
  request.onload = () => {
    if (request.status >= 200 && request.status < 300 && !request.responseURL.endsWith("/office/imports")) {
      location.assign(request.responseURL);
      return;
    }
    // Refused: the answer is the page that says why.
    document.open();
    document.write(request.responseText);
    document.close();
  };
  request.onerror = () => {
    bar.hidden = true;
    delete form.dataset["sent"];
    form.submit();
  };
  request.open("POST", form.action);
  request.send(new FormData(form));
}

/** Let a file be dropped on a form marked `data-upload`. */
export function startUpload(form: HTMLFormElement): void {
  const drop = form.querySelector<HTMLElement>("[data-drop]");
  const shown = form.querySelector<HTMLElement>("[data-drop-name]");
  const input = form.querySelector<HTMLInputElement>("input[type=file]");
  const bar = form.querySelector<HTMLProgressElement>("[data-sent-part]");
  if (!drop || !input || !bar) return;
  const show = () => {
    const name = input.files?.[0]?.name;
    if (shown && name) shown.textContent = name;
  };
  input.addEventListener("change", show);
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.dataset["over"] = "true";
    });
  }
  drop.addEventListener("dragleave", () => delete drop.dataset["over"]);
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    delete drop.dataset["over"];
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    show();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset["sent"] === "true") return;
    form.dataset["sent"] = "true";
    send(form, bar);
  });
}
