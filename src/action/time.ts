/** A time in milliseconds since 1970 as ISO 8601 in UTC. Written out because nothing here may know the clock. */
export function isoUtc(ms: number): string {
  const two = (n: number, width = 2): string => String(n).padStart(width, '0');
  const day = Math.floor(ms / 86_400_000);
  const rest = ms - day * 86_400_000;
  // Days to a civil date: eras of 400 years, years that begin in March (the usual arithmetic of the Gregorian calendar).
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  const date = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  const year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0);
  const time = [rest / 3_600_000, (rest / 60_000) % 60, (rest / 1000) % 60].map((n) => two(Math.floor(n))).join(':');
  return `${two(year, 4)}-${two(month >= 10 ? month - 9 : month + 3)}-${two(date)}T${time}.${two(rest % 1000, 3)}Z`;
}
