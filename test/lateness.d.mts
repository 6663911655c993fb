export declare function leftOut(minutesGone: number, checksSeconds: number): Record<string, string>;
