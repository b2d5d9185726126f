/* 附表3: keeps the points inside the chosen band and adds up. The server computes both again. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-evaluation]");
  if (!form) return;
  const sum = form.querySelector("[data-sum]");
  const grades = [...form.querySelectorAll("[data-grade-low]")].map((one) => ({ low: Number(one.dataset.gradeLow), name: one.textContent }));

  const add = () => {
    const given = [...form.querySelectorAll("[data-criterion] input[type=number]")].map((input) => input.value.trim());
    const filled = given.filter((value) => /^\d+$/.test(value)).map(Number);
    const total = filled.reduce((one, other) => one + other, 0);
    sum.querySelector("[data-total]").textContent = filled.length ? String(total) : "—";
    sum.querySelector("[data-left]").textContent = filled.length < given.length ? `还有 ${given.length - filled.length} 项未填` : "";
    const grade = grades.find((one) => total >= one.low);
    sum.querySelector("[data-grade]").textContent = filled.length === given.length && grade ? grade.name : "";
  };

  form.querySelectorAll("[data-criterion]").forEach((row) => {
    const points = row.querySelector("input[type=number]");
    const whole = { min: points.min, max: points.max };
    const narrow = () => {
      const band = row.querySelector("input[type=radio]:checked");
      points.min = band ? band.dataset.low : whole.min;
      points.max = band ? band.dataset.high : whole.max;
      if (band && band.dataset.low === band.dataset.high && points.value === "") points.value = band.dataset.low;
      const value = Number(points.value);
      const outside = points.value !== "" && (value < Number(points.min) || value > Number(points.max));
      points.setAttribute("aria-invalid", outside ? "true" : "false");
      points.setCustomValidity(outside ? `应在 ${points.min} 至 ${points.max} 分之间` : "");
      if (outside && document.activeElement === points) points.reportValidity();
    };
    row.addEventListener("change", () => { narrow(); add(); });
    points.addEventListener("input", add);
    narrow();
  });
  add();
})();
