"""Makes fathom-sans.woff2 of Source Sans 3: what the page's own words need of it, so that the first picture waits for 16 KB and not for 29.

python3 -m venv /tmp/fonts && /tmp/fonts/bin/pip install fonttools==4.66.1 brotli && /tmp/fonts/bin/python demo/style/font/subset.py

All else, such as letters with accents in the name of a file, comes from the whole font when it is asked for (tokens.css). Under a name of its own: the licence of
Source Sans (OFL 1.1, node_modules/@fontsource-variable/source-sans-3/LICENSE) keeps "Source" for the font as it was made.
"""

import io
import pathlib

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

HERE = pathlib.Path(__file__).parent
WHOLE = HERE / "../../../node_modules/@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2"
# As in the unicode-range of tokens.css.
CHARACTERS = [*range(0x20, 0x7F), 0xA0, 0xB0, 0xB1, 0xB2, 0xB3, 0xB7, 0xB9, 0xD7, 0x2009, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2026, 0x2032, 0x2191, 0x2193, 0x2212]

# By way of a file: a font as it comes from the instancer cannot be subset.
narrow = io.BytesIO()
instancer.instantiateVariableFont(TTFont(WHOLE), {"wght": (400, 700)}).save(narrow)
font = TTFont(narrow)
options = subset.Options(layout_features=["kern", "pnum"], hinting=False, name_IDs=[0, 1, 2, 3, 4, 6, 13, 14], notdef_outline=True)
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=CHARACTERS)
subsetter.subset(font)
for record in list(font["name"].names):
    if record.nameID in (1, 3, 4, 6):
        record.string = "FathomSans" if record.nameID == 6 else "Fathom Sans"
font.flavor = "woff2"
font.save(HERE / "fathom-sans.woff2")
