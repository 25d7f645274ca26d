// Writes figures with Node's own ICU, as shops write them: decimals only where there are any.
import { readFileSync } from "node:fs";

const write = ({ locale, currency, amount, percent, day }) => {
  if (day) {
    return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${day}T12:00:00Z`));
  }
  if (percent) {
    return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 6 }).format(percent / 100);
  }
  const digits = amount.endsWith(".00") ? 0 : 2;
  const style = { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
  // The narrow sign of the leu is the one that Romanian shops use.
  const narrow = locale === "ro" && currency === "RON" ? { currencyDisplay: "narrowSymbol" } : {};
  return new Intl.NumberFormat(locale, { ...style, ...narrow }).format(amount);
};
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(write)));
