/** The answers of a function to the last texts asked: at least `atLeast` of them, at most twice as many. */
export function remember<Value>(atLeast: number, answer: (text: string) => Value): (text: string) => Value {
  let [recent, older] = [new Map<string, Value>(), new Map<string, Value>()]
  return (text) => {
    const known = recent.get(text)
    if (known !== undefined) return known
    const value = older.get(text) ?? answer(text)
    if (recent.size >= atLeast) [recent, older] = [new Map(), recent]
    recent.set(text, value)
    return value
  }
}
