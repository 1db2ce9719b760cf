"""The words that registration codes are made of: short, common, harmless, and hard to mistake for each other.

They are read from a screen, told across a counter and typed by a person. So no word is another one with a letter more
or less or a letter changed, none is the beginning of another, and none sounds like one that is written otherwise (sea,
see). Words may be added; one that is removed makes the codes that are shown at that moment worthless.
"""

from typing import Final

WORDS: Final[tuple[str, ...]] = tuple(
    """
    abacus absorb academy accent acorn acrobat action active actor adapt adjust admire adore advance advice
    adviser agency agenda agile agree airport album alchemy alcove algebra align alloy almanac almond alpaca
    alpine alto amazing amber amigo amulet amuse anagram analog anchor ancient angle answer antenna anthem
    antique antler anvil apex applaud apple apricot apron aqua arcade arched archive arctic arena arise armada
    armor arrange arrive arrow artful artist aspect aspen asphalt assist astral athlete atlas atoll atom attend
    attic audio aurora author autumn avenue aviator avocado awake awards awning axiom axis axle azalea azure
    bacon badger bagel baker balance balcony ballad balloon balsam bamboo banana banjo banner barber barge
    barley barn barrel basalt basil bathtub bayou bazaar beauty beaver bedrock begin begonia believe belong
    bench beret bicycle binder birch biscuit bison bistro blanket blazer blend blink blossom bluff bobbin bobcat
    bobsled bolt bonfire bonnet bonus book borrow bottle bounce bounty bouquet bracket bramble branch brave
    breathe breeze brick bridge brigade bright bring broad broker bronco bronze broom brush bubble bucket buckle
    budget buffalo bugle build bundle bunker bureau burger busy butter button cabaret cabbage cabin cable cactus
    cadence cadet cadmium cage calypso camel camera canal canary candid candle candy canoe canopy canvas capsule
    captain caramel caravan careful cargo carpet cart carve cascade cashew castle casual catalog cathode cavern
    caviar celery cello cement census central ceramic chain chalk chamber chance channel chapter chariot chasm
    chateau cheddar cheese cheetah chemist cherry chevron chew chicken chief chimney chisel chive chorus chrome
    cicada cider cinema cipher circle circus citizen citrus civic claim clamp clarity classic clay clean cliff
    climate climb clinic clip clock cloth cloud clove club cluster coach coast cobalt cobbler cocoa coconut
    coffee collar collect colony column comb comedy comet comic comma compact compost concert concord condor
    conifer connect console contest convoy copilot copper coral cork corner corsage cosmos cottage cougar
    counter couple courage cousin covey cowboy coyote cozy cracker cradle crane crater cream create credit crest
    crevice crimson crisp crocus croquet crouton crown crumble crystal cubicle cuddle culvert cumin cupcake
    cupola curious curry cushion custard custom cycle cyclone cypress dahlia daisy dance dapper daring date
    deacon dealer debut decade decimal decoy deep degree deliver delta denim dentist depend deputy design desk
    detail develop device dewdrop diagram dial diamond diary diesel digit dinghy dingo diploma disco dish divide
    doctor dolphin dome domino donkey donut door double dragon draw dreamy dress dribble drift drink drive
    drizzle drum duchess dugout dune dust dynamo eager eagle eardrum early earnest earth eastern easy echo
    eclair eclipse edition editor educate effort egret elastic elbow elder elegant elixir embark embassy emblem
    emerald emerge emperor empire employ enable enamel encore endless endure energy engage engine enigma enjoy
    enlarge enter epic epoch epsilon equal equator eraser ermine escape estate esteem estuary ether evening
    event exact examine exceed excite exhibit exodus exotic expand expert explain express fabled fabric factory
    faculty fairway falcon family famous fancy fanfare farmer fashion fast faucet feather fedora fence fennel
    ferment fern ferret festive fetch fiction fiddle field fiery fiesta figure filbert filter finch fine finish
    firefly firm first fjord flag flannel flask flavor flicker flint flood fluffy flute flutter foam focus
    foghorn folder folk fondue font force forest forgive formal formula fortune forum fossil founder frame
    freckle freedom freesia fresco fresh friend frigate frisbee frog frost frozen fruit fudge full funny furlong
    fuzzy gadget galaxy gallant galleon gallop gambit game gamma garage garden garland garlic garment garnet
    gasket gather gazebo gazette gear gecko gelato genius genre gentle geyser gherkin giant gibbon giggle ginger
    gingham giraffe glacier glade glass glimmer glimpse glisten global globe glossy goat goblet goggles golden
    gondola gong good goose gopher gorge gosling gourmet gown grammar grand granite granola grape gravel gravy
    green grotto grove grow guard guava guitar gulf gumdrop gymnast habit haddock haiku hairpin half halibut
    hammer hammock hamster handbag happen harbor hardy harmony harness harp harvest hatch hawk hazel healthy
    hearty heath helium helmet help herald heron hickory hidden hiker hill hinge hint hippo history hobby
    holiday hollow honest honey honor horizon hornet hotel hover hubcap humble hummus husky hustle hydrant
    hyphen ibis iceberg icing ideal idiom igloo iguana image imagine impact impala improve impulse incense
    include index indigo indoor infield ingot inlet inner inning inspect inspire instant integer invent invite
    iodine iron island isobar isotope item ivory jackal jacket jackpot jade jaguar jasmine jasper javelin jelly
    jersey jigsaw jitney join joke journal jovial joyful jubilee juggler juice jumbo jump jungle junior juniper
    jury kale karate kayak kebab keen kestrel ketchup kettle kimono king kiosk kitchen kitten kiwi koala label
    ladder ladle lagoon lake lancer lantern laptop larch lasagna laser lasting latest laugh launch laurel lava
    lawn lawyer leaflet league leap learn lectern lecture ledger legacy legal legend legume lemon lemur lens
    lentil leopard letter lettuce lever lexicon liberty library lichen light lilac lily lime limit linen linnet
    liquid list lithium little lively lizard llama lobster local locker lodge loft logic longbow lounge loyalty
    lucky luggage lullaby lunar luxury lychee lyric macaw machine maestro magenta magic magma magnum magpie
    mailbox major mallard mallet mambo mammoth manager manatee mango mantis manual maple marble margin mariner
    marker marmot maroon marquee marsh marvel mascot mask master mastiff matrix meadow measure medley meerkat
    mellow melody melon member memory mentor menu mercury merit mermaid merry message method metric metro midway
    mighty mild mimosa minaret mingle mink minnow miracle mirror mission mixture mocha model modern modest
    mohair mole moment monarch monocle monsoon moon morsel mortar mosaic moth motion motor mouse movie muesli
    muffler museum musical muslin mustang mystery mystic nachos napkin nation native natural nebula nectar
    needle neon network neutron newt nickel nimble ninja noble nomad notice nougat nova novel nozzle nugget
    number nutmeg nylon oasis oatcake oatmeal obelisk object oblong oboe observe obtain ocean ocelot octave
    octopus odyssey offer office okra olive olympic omelet onion onyx opal opera opinion optical option orange
    orator orbit orca orchard orchid oregano organ origin oriole osmosis osprey ostrich otter outback outing
    outlook outpost outrun oven oxbow oxygen oyster package padlock pagoda paint palace palm pancake panda
    panther paprika papyrus parade parasol parcel pardon parent park parody parquet parrot parsec parsley
    parsnip party passage pasta pastel pastry path patient patio pattern payment peach peacock peanut pebble
    pecan pelican pencil pendant penguin people pepper percent perfect perform perfume permit person petite
    petrel petunia phoenix photo phrase pianist piccolo pickle picnic pigeon pilaf pilgrim pillar pillbox pillow
    pinto pioneer pipe pivot pixel pizza placid planet plank planner plate plaudit player playpen plaza plow
    plug plush plywood pocket podium poem polaris polish polite polka pollen polygon pomelo pony poodle popcorn
    popover popular porch portal portico poster potato potluck pottery power prairie praise prelude premium
    present pretzel prime prism private process produce profile program project promise proper propose proton
    proud proverb provide provost public pudding puffin pulley puma pumice pumpkin puppet puppy purple purpose
    purse pursuit puzzle pyramid python quail quarry quarter quasar quaver queen quest quiche quick quilt quince
    quorum quota raccoon radar radiant radio radish radius raft ragtime rail rainbow raisin rally ramp ranger
    rapids rare rattle raven ravioli receive recent recipe record recycle reflect refrain refresh region regular
    rejoice relax relish remain remedy renew repair repeat reply report reptile request rescue result return
    reunion reward rhombus rhubarb rice ringlet risotto ritual rival river robin robot robust rock romance roof
    rooster rope rosy rotunda round routine rubric ruby ruler runner rural rustic sabre saddle safe saffron saga
    salad salmon salsa salute salvia samba sand sapling sardine satchel satin satire saturn saucer savanna savor
    sawdust scale scallop scarf scarlet scepter scholar school science scone scooter scout screen screw script
    seagull seal search season secret sector segment senator senior sepia sequel sequin sequoia serene series
    serve service sesame shadow shampoo shark shed sheep shelf shelter sherbet shield shiny shirt shoebox shore
    shovel shrimp shrub shuffle shuttle sieve signal silent silken silky silver simple sincere siphon sirocco
    sister sitcom sketch skillet skip skylark skyline sleepy sleeve slide slogan slope small smart smooth snail
    snapper sneeze snorkel snow snug social socks sofa solar solve sonata sonic soprano sorbet soup space
    spaniel spanner sparrow spatula speak special speech speedy sphinx spicy spider spin spiral spirit splash
    sponge spool sport spring sprout spruce square squid stable stadium staff stage stamp stanza stapler star
    station statue steamer steeple stellar stencil stereo stetson stew stork stove strap stream stretch stride
    stroll strudel studio sturdy subject sublime subtle suburb success sudden sugar suggest summer summit
    sunfish sunrise sunset support supreme surfer surname survey sushi swallow swan sweater swift swim swing
    switch syntax syrup system tablet tackle taco tactic tadpole tailor talent tandem tangent tank tape tapioca
    tapir target tartan taxi teacher teacup teapot tempest tempo tender tendril tennis tenor tent terrace
    terrier texture theater theme theory thermos thesis thick thimble thought thread thrift thrive thunder tiara
    ticket tidy tiger tile timber titan tofu tomato toolbox topaz topsoil tornado toss total totem toucan touch
    tourist towel trace tractor trader traffic trailer train tramway transit trapeze tray treacle treaty treble
    trefoil trellis trend triad tribe tribute trident trilogy trinket tripod triumph trolley trophy tropic
    trouser trout truffle trumpet trunk trusty tugboat tulip tuna tundra tunnel turbo turkey turnip turret
    turtle tutor tuxedo tweed twig twinkle twirl twist typhoon ukulele ultra unfold unicorn uniform unique unit
    unlock unpack unwrap upbeat update upper urban urge useful usher usual vacuum valley valve vanilla vase
    vault vehicle velvet venture veranda verb verse vertex vest veteran viaduct vibrant vicar victory video
    viking village vinegar vintage violet violin virtue vision visit vital vitamin vivid volcano voltage volume
    vote voucher voyage vulture waffle wagon walk walnut walrus waltz warbler warm water waxwing wealth wedge
    welcome western wharf wheat wheel whisper whistle wicker widget wildcat wind winter wire witty wolf wombat
    wonder wooden woolly word worker worthy writer yacht yeoman yogurt young zebra zenith zesty zigzag zinc
    zinnia zipper zircon zither zodiac zone zoom
    """.split()
)
