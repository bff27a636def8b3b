// Times, durations and names, as people read them.

const FULL = new Intl.DateTimeFormat("en", {
  weekday: "short", year: "numeric", month: "short", day: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short",
});
const CLOCK = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat("en", { year: "numeric", month: "short", day: "numeric" });

const UNITS = [["y", 31557600], ["mo", 2629800], ["d", 86400], ["h", 3600], ["min", 60]];

/** "3 min ago"; "just now" below a minute. */
export function ago(time, now = Date.now()) {
  const seconds = (new Date(time) - now) / 1000;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(Math.abs(seconds) / size);
    if (count >= 1) return seconds < 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`;
  }
  return seconds > 5 ? "in a moment" : "just now";
}

export const fullTime = (time) => FULL.format(new Date(time));
export const clock = (time) => CLOCK.format(new Date(time));
export const day = (time) => DAY.format(new Date(time));

/** "0.4 s", "12 s", "3 min 05 s", "2 h 10 min", "4 d 3 h". */
export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "–";
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const pad = (number) => String(number).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export const short = (commit) => commit?.slice(0, 7) ?? "";
export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
export const percent = (share) => (share === null || share === undefined ? "–" : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`);
export const branchName = (ref) => ref.replace(/^refs\/heads\//, "");

/** The nothing that stands for a branch that was made or deleted. */
export const isZero = (commit) => /^0+$/.test(commit);
