// The device's beeps. Browsers let a page make a sound only after somebody has touched it, so the first ones may be
// silent.

// Each a list of [frequency in Hz, start and length in ms].
const TONES = {
  read: [[1760, 0, 90]],
  good: [[1318, 0, 110], [1760, 130, 190]],
  bad: [[330, 0, 170], [330, 230, 170], [262, 460, 260]],
  key: [[1100, 0, 25]],
};

export class Sounds {
  #context = null;

  constructor(muted) {
    this.muted = muted;
    const wake = () => {
      this.#context ??= new AudioContext();
      this.#context.resume();
    };
    addEventListener("pointerdown", wake, { once: true });
    addEventListener("keydown", wake, { once: true });
  }

  /** Make one of the device's sounds, unless muted. */
  play(tone) {
    if (this.muted || this.#context?.state !== "running") return;
    for (const [frequency, start, length] of TONES[tone] ?? []) this.#beep(frequency, start / 1000, length / 1000);
  }

  #beep(frequency, start, length) {
    const at = this.#context.currentTime + start;
    const oscillator = this.#context.createOscillator();
    const gain = this.#context.createGain();
    oscillator.type = "triangle";
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.16, at + 0.006);
    gain.gain.setValueAtTime(0.16, at + length - 0.012);
    gain.gain.linearRampToValueAtTime(0, at + length);
    oscillator.connect(gain).connect(this.#context.destination);
    oscillator.start(at);
    oscillator.stop(at + length);
  }
}
