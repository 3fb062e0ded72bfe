/** How large a run of the benchmark `live` is. */
export interface LiveSettings {
  readonly isSoak: boolean
  readonly subscribers: number
  readonly sockets: number
  /** Reactions a second; likes come on top. */
  readonly rate: number
  readonly seconds: number
  readonly rooms: number
  /** Processes that the subscribers are spread over. */
  readonly processes: number
  /** Whether the batch layer runs beside. */
  readonly isWhole: boolean
  /** Whether smaller and larger crowds are compared afterwards. */
  readonly isScaled: boolean
}

/** Long enough to drop a subscriber that never reads. */
const short = { subscribers: 1000, sockets: 100, rate: 500, seconds: 60 }
const soak = { subscribers: 10_000, sockets: 1000, rate: 2000, seconds: 180 }

type Name = 'subscribers' | 'sockets' | 'rate' | 'seconds' | 'rooms' | 'processes'

/** Flags of the command line. */
export type LiveFlags = { readonly [Flag in Name]?: string | undefined } & {
  readonly soak: boolean
  readonly whole: boolean
  readonly scaling: boolean
}

/** Throws a RangeError that names what is wrong. */
export function parseLiveSettings(flags: LiveFlags): LiveSettings {
  const defaults = { ...(flags.soak ? soak : short), rooms: 100, processes: 2 }
  const numberOf = (name: Name): number => {
    const number = Number(flags[name] ?? defaults[name])
    if (Number.isInteger(number) && number >= (name === 'sockets' || name === 'subscribers' ? 0 : 1)) return number
    throw new RangeError(`--${name} must be a whole number`)
  }
  return {
    isSoak: flags.soak,
    subscribers: numberOf('subscribers'),
    sockets: numberOf('sockets'),
    rate: numberOf('rate'),
    seconds: numberOf('seconds'),
    rooms: numberOf('rooms'),
    processes: numberOf('processes'),
    isWhole: flags.whole,
    isScaled: flags.scaling,
  }
}
