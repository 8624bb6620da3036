// A worker that only ticks: browsers slow the timers of a hidden page down to one a minute, but not a worker's.
setInterval(() => postMessage(0), 250);
