// A photo that the server would refuse for its size is refused when it is chosen, not after minutes of sending it.
export function tooLarge(form, files) {
  const [one, all] = [Number(form.dataset.most), Number(form.dataset.mostAtOnce || form.dataset.most)];
  const mb = (bytes) => Math.ceil(bytes / 1e6);
  const large = files.find((file) => file.size > one);
  if (large) return `${large.name} is too large. It has ${mb(large.size)} MB; ${mb(one)} are the most. Choose a smaller one.`;
  const sum = files.reduce((bytes, file) => bytes + file.size, 0);
  return sum > all ? `These photos are too large for one go. They have ${mb(sum)} MB; ${mb(all)} are the most. Choose fewer at once.` : "";
}

for (const form of document.querySelectorAll("form.upload[data-most]")) {
  const inputs = [...form.querySelectorAll("input[type=file]")];
  form.addEventListener("change", () => {
    const problem = tooLarge(form, inputs.flatMap((input) => [...input.files]));
    const last = inputs.findLast((input) => input.files.length) ?? inputs[0];
    for (const input of inputs) input.setCustomValidity(problem && input === last ? problem : "");
    if (problem) last.reportValidity();
  });
}
