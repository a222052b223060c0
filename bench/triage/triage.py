#!/usr/bin/env python3
"""Measures triage: quality, cost, and what learning on brings. Standard library only.

  triage.py quality  train on *.train.jsonl.gz, score *.dev.jsonl.gz, next to plain naive Bayes
  triage.py scale    train on 50,000 made-up tickets of 50 categories
  triage.py replay   a desk's tickets week by week: learned anew each week, against the first model

`./dev bench triage` builds the program and calls this.
"""

import argparse
import datetime
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Set, label, figures of the table. The first four are categories.
SETS = ['banking77', 'clinc150', 'firefox-2020', 'firefox-2025']
PRIORITIES = ['hadoop-priority', 'firefox-2020']
NO_LABEL = 'out_of_scope'
SCALE = [('banking77', 9_000, 77), ('50,000 tickets', 50_000, 50)]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split('\n')[0],
        epilog='Examples:\n  ./dev bench triage\n  ./dev bench triage quality --data ~/tickets\n'
        '  ./dev bench triage replay --set firefox-2025 --first-weeks 8',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', nargs='?', default='quality', choices=['quality', 'scale', 'replay'])
    parser.add_argument('--data', type=Path, default=Path('../shared/data'),
                        help='folder of SET.train.jsonl.gz and SET.dev.jsonl.gz (%(default)s)')
    parser.add_argument('--set', default='firefox-2025', help='the desk that replay replays (%(default)s)')
    parser.add_argument('--first-weeks', type=int, default=8, help='weeks the first model learns from (%(default)s)')
    parser.add_argument('--program', default='target/dist/deskwire-ml', help='the deskwire-ml program (%(default)s)')
    args = parser.parse_args()
    {'quality': quality, 'scale': scale, 'replay': replay}[args.what](args)


# ---------------------------------------------------------------- quality

def quality(args):
    require(args, SETS)
    rows, costs = [], []
    for name in SETS:
        for baseline in (True, False):
            result, own = evaluate(args, name, 'category', baseline)
            metrics = result['metrics']
            agree(name, metrics, own)
            rows.append([name if baseline else '', 'naive Bayes' if baseline else 'Deskwire',
                         f"{metrics['accuracy_known']:.4f}", f"{metrics['macro_f1']:.4f}", f"{metrics['top3']:.4f}",
                         f"{metrics['ece']:.4f}",
                         number(metrics['auroc_unknown']), f"{own['coverage_at_90']:.3f}"])
            costs.append(cost_row(rows[-1][:2], result))
    print_table(['set', 'model', 'accuracy', 'macro F1', 'top 3', 'ECE', 'AUROC unknown', 'decided at 90 %'], rows)
    print_table(['set', 'model', 'train s', 'peak MB', 'model KB', 'µs a ticket'], costs)
    rows = []
    for name in PRIORITIES:
        for baseline in (True, False):
            result, own = evaluate(args, name, 'priority', baseline)
            metrics = result['metrics']
            agree(name, metrics, own)
            rows.append([name if baseline else '', 'naive Bayes' if baseline else 'Deskwire',
                         f"{metrics['accuracy']:.4f}", f"{own['majority']:.4f}", f"{metrics['macro_f1']:.4f}",
                         number(metrics['kappa']), number(result['figures']['average_precision']),
                         f"{own['base_rate']:.3f}"])
    print_table(['priority', 'model', 'accuracy', 'of the majority', 'macro F1', 'kappa', 'average precision',
                 'share of urgent'], rows)
    print('Every figure above but the costs was counted a second time, from the predictions alone.')


def evaluate(args, name, label, baseline):
    """Runs the program, and scores its predictions here."""
    train, dev = (args.data / f'{name}.{part}.jsonl.gz' for part in ('train', 'dev'))
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / 'said.jsonl'
        command = [args.program, 'evaluate', '--json', '--label', label, '--train', train, '--test', dev,
                   '--predictions', said]
        result = run(command + (['--baseline'] if baseline else []))
        return result, score(read(train), read(dev), read(said), label)


def score(train, gold, said, label):
    """The same figures from the definitions, without any code of the program."""
    known = {row[label] for row in train} - {NO_LABEL, None}
    said = {row['id']: row for row in said}
    gold = [row for row in gold if row[label] is not None]
    confidence_key = 'confidence' if label == 'category' else 'priority_confidence'
    is_known = [row[label] in known for row in gold]
    right = [row[label] == said[row['id']][label] for row in gold]
    confidence = [said[row['id']][confidence_key] for row in gold]
    bins = [0.0] * 10
    for p, ok, k in zip(confidence, right, is_known):
        if k:
            bins[min(9, int(p * 10))] += ok - p
    f1 = []
    for name in sorted({row[label] for row, k in zip(gold, is_known) if k}):
        pairs = [(row[label] == name, said[row['id']][label] == name) for row, k in zip(gold, is_known) if k]
        f1.append(2 * sum(a and b for a, b in pairs) / max(1, sum(a + b for a, b in pairs)))
    order = sorted(zip(confidence, right), key=lambda pair: -pair[0])
    coverage = ok = 0
    for n, (_, is_right) in enumerate(order, 1):
        ok += is_right
        if n >= 20 and ok / n >= 0.9:
            coverage = n / len(order)
    counts = {}
    for row in gold:
        counts[row[label]] = counts.get(row[label], 0) + 1
    return {
        'accuracy': sum(right) / len(gold),
        'macro_f1': sum(f1) / len(f1),
        'ece': sum(abs(b) for b in bins) / max(1, sum(is_known)),
        'coverage_at_90': coverage,
        'majority': max(counts.values()) / len(gold),
        'base_rate': counts.get('escalated', 0) / len(gold),
    }


def agree(name, metrics, own):
    for figure in ('accuracy', 'macro_f1', 'ece'):
        if abs(metrics[figure] - own[figure]) > 1e-6:
            sys.exit(f'{name}: {figure} is {metrics[figure]} by the program and {own[figure]} by its predictions')


# ---------------------------------------------------------------- scale

def scale(args):
    """Made-up tickets: words drawn by Zipf's law, a tenth of them from the category's own."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, tickets, categories in SCALE:
            words = (3, 15) if name == 'banking77' else (20, 120)
            title = 'short' if name == 'banking77' else 'long'
            file = Path(folder) / f'{tickets}.jsonl'
            make_up(file, tickets, categories, words)
            command = [args.program, 'train', '--from', file, '--out', Path(folder) / 'model', '--json']
            began = time.monotonic()
            result = run(command)
            rows.append([f'{tickets:,} {title} tickets, {categories} categories', f'{time.monotonic() - began:.1f}',
                         f"{result['peak_mb']:.0f}", f"{result['size_bytes'] / 1024:.0f}",
                         f"{result['held_back']['accuracy']:.3f}"])
    print_table(['', 'seconds', 'peak MB', 'model KB', 'held-back accuracy'], rows)


def make_up(file, tickets, categories, words):
    dice = random.Random(0)
    common = [word(dice) for _ in range(20_000)]
    own = [[word(dice) for _ in range(60)] for _ in range(categories)]
    weights = [1 / (rank + 10) for rank in range(len(common))]
    with open(file, 'w') as out:
        for n in range(tickets):
            category = dice.randrange(categories)
            text = dice.choices(common, weights, k=dice.randint(*words))
            text += dice.choices(own[category], k=max(1, len(text) // 10))
            dice.shuffle(text)
            at = datetime.datetime(2026, 1, 1) + datetime.timedelta(minutes=n)
            out.write(json.dumps({'id': str(n), 'body': ' '.join(text), 'category': f'category {category}',
                                  'created_at': at.isoformat() + 'Z'}) + '\n')


def word(dice):
    return ''.join(dice.choice('bcdfghklmnprst') + dice.choice('aeiou') for _ in range(dice.randint(1, 4)))


# ---------------------------------------------------------------- replay

def replay(args):
    """Each week's tickets are judged by the model of the week before, then corrected and learned."""
    require(args, [args.set])
    tickets = [row for part in ('train', 'dev') for row in read(args.data / f'{args.set}.{part}.jsonl.gz')]
    tickets.sort(key=lambda row: row['created_at'])
    start = when(tickets[0])
    weeks = {}
    for row in tickets:
        weeks.setdefault((when(row) - start).days // 7, []).append(row)
    rows, sums = [], [0, 0, 0]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        learned = [row for week in range(args.first_weeks) for row in weeks.get(week, [])]
        first = train(args, folder, 'first', learned)
        for week in sorted(week for week in weeks if week >= args.first_weeks):
            newest = train(args, folder, 'newest', learned)
            accuracy = [judge(args, folder, model, weeks[week]) for model in (first, newest)]
            n = len(weeks[week])
            sums = [sums[0] + n, sums[1] + n * accuracy[0], sums[2] + n * accuracy[1]]
            day = (start + datetime.timedelta(weeks=week)).date()
            rows.append([str(day), str(n), str(len(learned)), f'{accuracy[0]:.3f}', f'{accuracy[1]:.3f}'])
            learned += weeks[week]
    rows.append(['all', str(sums[0]), '', f'{sums[1] / sums[0]:.3f}', f'{sums[2] / sums[0]:.3f}'])
    print_table(['week of', 'tickets', 'learned from', 'first model', 'learned weekly'], rows)


def train(args, folder, name, tickets):
    file, model = folder / f'{name}.jsonl', folder / f'{name}.model'
    write(file, tickets)
    run([args.program, 'train', '--from', file, '--out', model, '--json'])
    return model


def judge(args, folder, model, tickets):
    file = folder / 'week.jsonl'
    write(file, tickets)
    return run([args.program, 'evaluate', '--json', '--model', model, '--test', file])['metrics']['accuracy']


def when(row):
    return datetime.datetime.fromisoformat(row['created_at'].replace('Z', '+00:00'))


# ---------------------------------------------------------------- parts

def run(command):
    """The program's JSON, with the most memory it held."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f'{command[0]} failed; its message is above')
    # Kilobytes on Linux.
    return json.loads(output) | {'peak_mb': usage.ru_maxrss / 1024}


def cost_row(names, result):
    figures = result['figures']
    return names + [f"{figures['train_ms'] / 1000:.1f}", f"{result['peak_mb']:.0f}",
                    f"{figures['artifact_bytes'] / 1024:.0f}", f"{figures['predict_us_p50']:.0f}"]


def read(file):
    opened = gzip.open(file, 'rt', encoding='utf8') if str(file).endswith('.gz') else open(file, encoding='utf8')
    with opened:
        return [json.loads(line) for line in opened if line.strip()]


def write(file, tickets):
    with open(file, 'w', encoding='utf8') as out:
        out.writelines(json.dumps(row) + '\n' for row in tickets)


def require(args, names):
    missing = [name for name in names if not (args.data / f'{name}.train.jsonl.gz').exists()]
    if missing:
        sys.exit(f'{args.data} has no {missing[0]}.train.jsonl.gz; name the folder with --data')


def number(value):
    return '–' if value is None else f'{value:.3f}'


def print_table(head, rows):
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
    print()
    for n, row in enumerate([head] + rows):
        cells = [cell.ljust(widths[i]) if i < 2 and not cell[:1].isdigit() or i == 0 else cell.rjust(widths[i])
                 for i, cell in enumerate(row)]
        print('  '.join(cells).rstrip())
        if n == 0:
            print('  '.join('-' * width for width in widths))
    sys.stdout.flush()


main()
