/* 附表2: add rows, count characters, add up the seats. The page works without this file. */
(() => {
  "use strict";

  const form = document.querySelector("form[data-draft]");
  if (!form) return;

  const says = (field, text, wrong) => {
    let note = field.parentElement.querySelector("[data-says]");
    if (!note) {
      note = document.createElement("div");
      note.dataset.says = "";
      note.className = "field__help";
      note.setAttribute("role", "status");
      field.after(note);
    }
    note.textContent = text;
    note.classList.toggle("is-wrong", wrong);
  };

  const count = () => form.querySelectorAll("[data-count]").forEach((field) => {
    /* Characters as the server counts them: code points, every line break one. */
    const used = Array.from(field.value.trim()).length;
    const most = Number(field.dataset.count);
    says(field, used > most ? `已有 ${used} 字，超出 ${used - most} 字` : `已有 ${used} 字，还可以写 ${most - used} 字`, used > most);
  });

  const add = () => {
    const sum = Array.from(form.querySelectorAll("[data-seats]"), (field) => Number(field.value) || 0).reduce((one, other) => one + other, 0);
    const total = Number((form.querySelector("[data-total]") || {}).value) || 0;
    const place = form.querySelector("[data-sum]");
    if (!place) return;
    place.textContent = `合计 ${sum} 人` + (total ? (sum === total ? "，与总数量一致" : `，总数量 ${total} 人，${sum > total ? "多" : "少"} ${Math.abs(total - sum)} 人`) : "");
    place.classList.toggle("is-wrong", Boolean(total) && sum !== total);
  };

  form.querySelectorAll("[data-add]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const prefix = button.dataset.add;
      const total = form.querySelector(`#id_${prefix}-TOTAL_FORMS`);
      const most = Number(form.querySelector(`#id_${prefix}-MAX_NUM_FORMS`).value);
      const number = Number(total.value);
      if (number >= most) return;
      const holder = document.createElement("div");
      holder.innerHTML = form.querySelector(`[data-row-template="${prefix}"]`).innerHTML.replaceAll("__prefix__", String(number));
      const row = holder.firstElementChild;
      form.querySelector(`[data-rows="${prefix}"]`).append(row);
      total.value = String(number + 1);
      const first = row.querySelector("input, select");
      if (first) first.focus();
    });
  });

  form.addEventListener("input", () => {
    count();
    add();
  });
  count();
  add();
})();
