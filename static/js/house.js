/* Small comforts. Every page works without this file. */
(() => {
  "use strict";

  const each = (selector, act, root = document) => root.querySelectorAll(selector).forEach(act);

  /* A second click on a submit button sends nothing a second time. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "get" || form.target === "_blank" || form.matches("[data-repeatable]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    /* Later, so that the pressed button's own name still travels with the form. */
    setTimeout(() => each("button[type=submit], button:not([type]), input[type=submit]", (button) => {
      if (button.disabled) return;
      button.disabled = true;
      button.dataset.held = "yes";
      button.classList.add("is-busy");
    }, form), 0);
  });

  const release = () => {
    each("form[data-sent]", (form) => delete form.dataset.sent);
    each("[data-held]", (button) => {
      button.disabled = false;
      delete button.dataset.held;
      button.classList.remove("is-busy");
    });
  };
  window.addEventListener("pageshow", release);
  document.addEventListener("htmx:afterRequest", release);

  /* Only one chip or menu stays open; a click elsewhere or Escape closes it, and a chip never leaves the screen. */
  document.addEventListener("click", (event) => each("details.chip[open], details.switch[open]", (chip) => {
    if (!chip.contains(event.target)) chip.open = false;
  }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") each("details.chip[open], details.switch[open]", (chip) => {
      chip.open = false;
      chip.querySelector("summary").focus();
    });
  });
  document.addEventListener("toggle", (event) => {
    const chip = event.target;
    if (!chip.matches || !chip.matches("details.chip") || !chip.open) return;
    chip.classList.remove("chip--end");
    const body = chip.querySelector(".chip__body");
    if (body && body.getBoundingClientRect().right > document.documentElement.clientWidth) chip.classList.add("chip--end");
  }, true);

  /* Print buttons. */
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  /* Leaving a form marked data-draft with unsaved typing asks once. */
  let unsaved = false;
  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-draft]")) unsaved = true;
  });
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) unsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  /* What was typed into a form survives a session that expired meanwhile: kept at submit, filled in again on the same
     page right after the same person has logged in, dropped by any other page. Never passwords, files, hidden fields. */
  const KEPT = "kept-form";
  const LOGIN = "/login/";
  const TYPED = "input[type=text], input[type=tel], input[type=email], input[type=number], input[type=date], "
    + "input[type=datetime-local], input[type=url], input:not([type]), textarea";
  const person = () => {
    const name = document.querySelector(".who__name");
    return name ? name.textContent.trim() : "";
  };
  const typed = (form) => Array.from(form.querySelectorAll(TYPED)).filter((field) => field.name && field.autocomplete !== "off");

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || location.pathname.startsWith(LOGIN) || !person()
      || form.querySelector("input[type=password]")) return;
    const fields = typed(form).map((field) => [field.name, field.value]);
    if (!fields.some(([, value]) => value)) return;
    const kept = {path: location.pathname, form: Array.from(document.forms).indexOf(form), person: person(), fields};
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
    } catch { /* Without storage nothing is kept. */ }
  });

  const restore = () => {
    if (location.pathname.startsWith(LOGIN)) return;
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(KEPT));
      sessionStorage.removeItem(KEPT);
    } catch { return; }
    if (!kept || kept.path !== location.pathname || kept.person !== person() || !document.referrer) return;
    const from = new URL(document.referrer);
    const form = document.forms[kept.form];
    if (from.origin !== location.origin || !from.pathname.startsWith(LOGIN) || !form) return;
    const fields = typed(form);
    let filled = false;
    kept.fields.forEach(([name, value]) => {
      const at = fields.findIndex((field) => field.name === name);
      if (at < 0) return;
      const [field] = fields.splice(at, 1);
      if (field.value === value) return;
      field.value = value;
      field.dispatchEvent(new Event("input", {bubbles: true}));
      field.dispatchEvent(new Event("change", {bubbles: true}));
      filled = true;
    });
    if (!filled) return;
    const note = document.createElement("p");
    note.className = "notice notice--soon";
    note.setAttribute("role", "status");
    note.textContent = "已恢复登录前填写的内容，请核对后再提交";
    form.before(note);
  };

  const furnish = (root) => {
    /* What was chosen in a file field, with its size. */
    each("input[type=file]", (input) => {
      if (input.dataset.furnished) return;
      input.dataset.furnished = "yes";
      input.addEventListener("change", () => {
        let note = input.parentElement.querySelector(".file-chosen");
        if (!note) {
          note = document.createElement("p");
          note.className = "file-chosen";
          note.setAttribute("role", "status");
          input.after(note);
        }
        note.textContent = Array.from(input.files, (file) => `已选择：${file.name}（${(file.size / 1048576).toFixed(2)} MB）`).join("；");
      });
    }, root);

    /* A long select gets a box that narrows its choices. */
    each(".field select", (select) => {
      if (select.dataset.furnished || select.multiple || (select.options.length <= 12 && !select.matches("[data-search]"))) return;
      select.dataset.furnished = "yes";
      const all = Array.from(select.options);
      const filter = document.createElement("input");
      filter.type = "search";
      filter.className = "input select-filter";
      filter.placeholder = "输入文字筛选下列选项";
      filter.setAttribute("aria-label", "筛选下列选项");
      filter.addEventListener("input", (event) => {
        event.stopPropagation();
        const wanted = filter.value.trim().toLowerCase();
        const kept = all.filter((option) => !wanted || option.selected || !option.value || option.text.toLowerCase().includes(wanted));
        select.replaceChildren(...kept);
      });
      filter.addEventListener("keydown", (event) => {
        if (event.key === "Enter") event.preventDefault();
      });
      select.before(filter);
    }, root);
  };

  const start = () => {
    furnish(document);
    restore();
    const first = document.querySelector("[data-focus]");
    if (first) first.focus();
    const current = document.querySelector(".nav__link[aria-current]");
    if (current) current.scrollIntoView({block: "nearest", inline: "center"});
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  document.addEventListener("htmx:load", (event) => furnish(event.target));
})();
