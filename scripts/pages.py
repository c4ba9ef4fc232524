"""Writing tables into the pages of docs/."""


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + [
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows
    ]


def write(path, sections):
    """Replaces what stands between <!-- NAME --> and <!-- end --> in path."""
    text = path.read_text()
    for name, lines in sections.items():
        before, found, after = text.partition(f"<!-- {name} -->\n")
        _, ended, after = after.partition("<!-- end -->")
        if not found or not ended:
            raise SystemExit(f"{path} has no <!-- {name} --> … <!-- end -->")
        text = before + found + "\n" + "\n".join(lines).strip() + "\n\n" + ended + after
    path.write_text(text)
