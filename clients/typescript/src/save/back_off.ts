/** Waits before a replay: 20 ms, doubled each time up to about a second, half of it at random so that two savers don't meet again. */
export async function backOff(replay: number): Promise<void> {
  const most = 20 * 2 ** Math.min(replay, 6);
  await new Promise((resolve) => {
    setTimeout(resolve, most / 2 + (Math.random() * most) / 2);
  });
}
